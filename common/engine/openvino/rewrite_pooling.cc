#include <string_view>

#include "common/engine/openvino/rewrites.h"

namespace tideline::openvino {
namespace {

// The arguments of pooling windows: an empty stride is the kernel.
struct Windows {
  std::vector<int64_t> kernel;
  std::vector<int64_t> stride;
  std::vector<int64_t> padding;
  std::vector<int64_t> dilation;

  Windows(const NodeArguments& a, size_t count)
      : kernel(a.Ints("kernel_size", count, 1)),
        stride(a.Ints("stride", count, 0)),
        padding(a.Ints("padding", count, 0)),
        dilation(a.Ints("dilation", count, 1)) {
    if (stride.front() == 0) {
      stride = kernel;
    }
  }

  // The same windows in one row of an image.
  void AddRow() {
    kernel.insert(kernel.begin(), 1);
    stride.insert(stride.begin(), 1);
    padding.insert(padding.begin(), 0);
    dilation.insert(dilation.begin(), 1);
  }
};

template <size_t count>
Calls MaxPool(const NodeArguments& a) {
  const Windows w(a, count);
  return {List(
      count == 2 ? "aten.max_pool2d_with_indices.default" : "aten.max_pool3d_with_indices.default",
      {a.Get("self"), w.kernel, w.stride, w.padding, w.dilation, a.Flag("ceil_mode", false)})};
}

template <size_t count>
Calls AvgPool(const NodeArguments& a) {
  const Windows w(a, count);
  return {One(count == 2 ? "aten.avg_pool2d.default" : "aten.avg_pool3d.default",
              {a.Get("self"), w.kernel, w.stride, w.padding, a.Flag("ceil_mode", false),
               a.Flag("count_include_pad", true), a.Get("divisor_override")})};
}

template <size_t count>
Calls AdaptiveAvgPool(const NodeArguments& a) {
  constexpr std::string_view kOps[] = {"aten._adaptive_avg_pool1d.default",
                                       "aten._adaptive_avg_pool2d.default",
                                       "aten._adaptive_avg_pool3d.default"};
  const Shape output = a.OutputShape();
  if (output.size() < count) {
    return {};
  }
  return {One(std::string(kOps[count - 1]),
              {a.Get("self"), std::vector<int64_t>(output.end() - count, output.end())})};
}

// [..., length] as an image of one row, `pool`ed, and back.
Calls PoolRow(const NodeArguments& a, FrontEndCall pool) {
  Shape row = a.ShapeOf("self");
  row.insert(row.end() - 1, 1);
  Calls calls = {View(a.Get("self"), row)};
  pool.inputs.front() = StepResult(0);
  const bool list = pool.returns_list;
  calls.push_back(std::move(pool));
  if (list) {
    calls.push_back(One("<built-in function getitem>", {StepResult(1), int64_t{0}}));
  }
  calls.push_back(View(StepResult(list ? 2 : 1), a.OutputShape()));
  return calls;
}

}  // namespace

Calls AdaptiveAvgPool1d(const NodeArguments& a) { return AdaptiveAvgPool<1>(a); }

Calls AdaptiveAvgPool2d(const NodeArguments& a) { return AdaptiveAvgPool<2>(a); }

Calls AdaptiveAvgPool3d(const NodeArguments& a) { return AdaptiveAvgPool<3>(a); }

Calls AvgPool2d(const NodeArguments& a) { return AvgPool<2>(a); }

Calls AvgPool3d(const NodeArguments& a) { return AvgPool<3>(a); }

Calls MaxPool2d(const NodeArguments& a) { return MaxPool<2>(a); }

Calls MaxPool3d(const NodeArguments& a) { return MaxPool<3>(a); }

Calls MaxPool1d(const NodeArguments& a) {
  Windows w(a, 1);
  w.AddRow();
  return PoolRow(
      a, List("aten.max_pool2d_with_indices.default",
              {None{}, w.kernel, w.stride, w.padding, w.dilation, a.Flag("ceil_mode", false)}));
}

Calls AvgPool1d(const NodeArguments& a) {
  Windows w(a, 1);
  w.AddRow();
  return PoolRow(a, One("aten.avg_pool2d.default",
                        {None{}, w.kernel, w.stride, w.padding, a.Flag("ceil_mode", false),
                         a.Flag("count_include_pad", true)}));
}

}  // namespace tideline::openvino
