// Included once for every instruction set, as Highway does it.
#if defined(TIDELINE_PLANE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TIDELINE_PLANE_INL_H
#undef TIDELINE_PLANE_INL_H
#else
#define TIDELINE_PLANE_INL_H
#endif

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "hwy/highway.h"
#include "protocol/codec/lossless/band_coder.h"
#include "protocol/codec/lossless/channel_model.h"
#include "protocol/codec/lossless/row-inl.h"

// What is found for many values of a channel at once. Loops go over several rows, short as rows may
// be, and compilers make vectors of them; the ends of rows, which have other neighbours, are found
// anew after them.
HWY_BEFORE_NAMESPACE();
namespace tideline::lossless {
namespace HWY_NAMESPACE {

// A channel; its memory has one number for each place.
struct Plane {
  int rows;
  int columns;
  int together;  // rows that are prepared at once
  const int16_t* values;
  const int16_t* other;  // of the first reference; nullptr without one
  const int32_t* across;
  const int32_t* usual;
  uint16_t* errors;
  int start;        // before the first value
  int first_error;  // before the first error
};

// Whole rows: the places from `begin` to before `end`.
struct Places {
  int begin;
  int end;
};

HWY_INLINE Places PlacesFrom(const Plane& plane, int row) {
  return {row * plane.columns, std::min(row + plane.together, plane.rows) * plane.columns};
}

// What a channel's own neighbours let expect of place k: near[k - places.begin].
HWY_INLINE void FindNear(const Plane& plane, const ChannelModel& model, Places places,
                         int32_t* HWY_RESTRICT near) {
  const int16_t* values = plane.values;
  const int columns = plane.columns;
  const int bias = model.bias;
  const int left = model.left;
  const int above = model.above;
  const int above_left = model.above_left;
  const int above_right = model.above_right;
  const int begin = places.begin;
  if (places.begin == 0) {
    const int weight = left + above + above_left + above_right;
    near[0] = bias + weight * plane.start;
    for (int k = 1; k < columns; ++k) {
      near[k] = bias + weight * values[k - 1];
    }
    places.begin = columns;
  }
  for (int k = places.begin + 1; k < places.end; ++k) {
    const int16_t* up = values + k - columns;
    near[k - begin] =
        bias + left * values[k - 1] + above_left * up[-1] + above * up[0] + above_right * up[1];
  }
  const int second = std::min(1, columns - 1);
  for (int k = places.begin; k < places.end; k += columns) {
    const int16_t* up = values + k - columns;
    near[k - begin] = bias + (left + above_left + above) * up[0] + above_right * up[second];
    if (columns > 1) {
      const int last = k + columns - 1;
      up += columns - 1;
      near[last - begin] =
          bias + left * values[last - 1] + above_left * up[-1] + (above + above_right) * up[0];
    }
  }
}

HWY_INLINE void FindInnovations(const int16_t* HWY_RESTRICT values,
                                const int32_t* HWY_RESTRICT near, int count,
                                int16_t* HWY_RESTRICT innovations) {
  for (int i = 0; i < count; ++i) {
    innovations[i] = Innovation(values[i] << kFractionBits, near[i]);
  }
}

// Of the whole channel. `near`: memory for as many as are prepared at once.
HWY_INLINE void FindAllInnovations(const Plane& plane, const ChannelModel& model, int32_t* near,
                                   int16_t* innovations) {
  for (int y = 0; y < plane.rows; y += plane.together) {
    const Places places = PlacesFrom(plane, y);
    FindNear(plane, model, places, near);
    FindInnovations(plane.values + places.begin, near, places.end - places.begin,
                    innovations + places.begin);
  }
}

// [channels]: whether a later channel's model refers to one.
inline void FindReferenced(const BandTask& task, std::vector<uint8_t>& referenced) {
  referenced.assign(static_cast<size_t>(task.band.channels), 0);
  for (const ChannelModel& model : task.models) {
    for (int i = 0; i < model.references; ++i) {
      referenced[model.reference[i].channel] = 1;
    }
  }
}

// What earlier channels add to the predictions and errors of a channel: `work.across`,
// `work.usual`.
HWY_INLINE void FindAcross(const ChannelModel& model, int size, int usual_error,
                           BandWorkspace& work) {
  int32_t* across = work.across.data();
  int32_t* usual = work.usual.data();
  const int own = 2 * usual_error;
  std::fill_n(across, size, 0);
  std::fill_n(usual, size, model.references == 0 ? 2 * own : own);
  for (int i = 0; i < model.references; ++i) {
    const Reference& reference = model.reference[i];
    const int16_t* innovations =
        work.innovations.data() + static_cast<size_t>(size) * reference.channel;
    const int32_t weight = reference.weight;
    for (int k = 0; k < size; ++k) {
      across[k] += weight * innovations[k];
    }
    if (i == 0) {
      for (int k = 0; k < size; ++k) {
        usual[k] += 2 * (std::abs(across[k]) >> kWeightBits);
      }
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace tideline::lossless
HWY_AFTER_NAMESPACE();

#endif  // TIDELINE_PLANE_INL_H
