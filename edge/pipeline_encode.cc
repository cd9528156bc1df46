#include <algorithm>
#include <utility>

#include "boost/asio/post.hpp"

#include "edge/pipeline.h"

// What the pipeline does between a request's head and the link. Compute thread.
namespace tideline {

// Returns the errors that come before anything is on its way to the I/O thread.
absl::Status Pipeline::HeadAndEncode(const RequestPtr& request) {
  RETURN_IF_ERROR(RunHead(*request));
  for (const Tensor& tensor : request->cut) {
    request->held->Add(tensor.nbytes());
  }
  if (!request->decision) {
    request->way.codec = ChooseCodec(*request);
  }
  return EncodeAndSend(request, *request->attempt);
}

// Likewise.
absl::Status Pipeline::EncodeAndSend(const RequestPtr& request, const Attempt& attempt) {
  const MonotonicTime begun = clock_.Now();
  CutEncoder encoder;
  RETURN_IF_ERROR(PrepareCut(*request, clouds_.Parameters(attempt.cloud), encoder));
  if (encoder.IsLong() && Streams(attempt.cloud, encoder.announcement())) {
    return SendWhileEncoding(request, attempt, encoder);
  }
  Submission submission;
  submission.cut = request->way.cut.name;
  ASSIGN_OR_RETURN(std::vector<Encoded> encoded, encoder.Encode());
  for (Encoded& tensor : encoded) {
    submission.tensors.push_back(std::move(tensor.description));
    submission.encoded.push_back(std::move(tensor.bytes));
  }
  boost::asio::post(io_, [this, request, encoding = EncodingTime{begun, clock_.Now() - begun},
                          submission = std::move(submission)]() mutable {
    Send(request, std::move(submission), encoding);
  });
  return absl::OkStatus();
}

// Every piece goes out as soon as it is made.
absl::Status Pipeline::SendWhileEncoding(const RequestPtr& request, const Attempt& attempt,
                                         CutEncoder& encoder) {
  const MonotonicTime begun = clock_.Now();
  const int number = attempt.number;
  Submission submission;
  submission.cut = request->way.cut.name;
  submission.tensors = encoder.announcement();
  boost::asio::post(io_, [this, request, begun, submission = std::move(submission)]() mutable {
    request->encoding = true;
    Send(request, std::move(submission), {begun, clock_.Now() - begun});
  });
  absl::Status status = encoder.Stream([&](size_t tensor, Bytes bytes) {
    boost::asio::post(io_, [this, request, number, piece = EncodedPiece{tensor, std::move(bytes)}] {
      Extend(request, number, piece);
    });
    return !request->answered && request->unwanted < number;
  });
  boost::asio::post(
      io_, [this, request, number, took = clock_.Now() - begun, status = std::move(status)] {
        OnEncoded(request, number, took, status);
      });
  return absl::OkStatus();
}

// After the head: what is left of the deadline is for the codec, the link and the
// cloud, but for what a finish here needs.
CodecSpec Pipeline::ChooseCodec(const Request& request) {
  const Deployment& deployment = *request.deployment;
  if (!deployment.rate) {
    return deployment.way.codec;
  }
  RateConditions conditions = clouds_.conditions(request.attempt->cloud);
  {
    const SteadyLock lock(&mutex_);
    conditions.left = request.deadline - finish_time_.Reserve(open_) - clock_.Now();
  }
  const std::optional<BitRate>& cap = deployment.partition.limits.uplink;
  if (cap && conditions.uplink_bits_per_second > 0) {
    conditions.uplink_bits_per_second =
        std::min(conditions.uplink_bits_per_second, cap->bits_per_second);
  }
  return deployment.rate->Choose(conditions).codec;
}

}  // namespace tideline
