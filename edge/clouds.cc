#include "edge/clouds.h"

#include <algorithm>
#include <utility>

#include "common/telemetry/log.h"

namespace tideline {
namespace {

constexpr uint16_t kModel = 0;  // the only model that an edge announces

bool Contains(const std::vector<uint64_t>& ids, uint64_t id) {
  return std::ranges::find(ids, id) != ids.end();
}

}  // namespace

bool Clouds::Has(const std::string& address) const {
  return std::ranges::find(clouds_, address, &Cloud::address) != clouds_.end();
}

const Session* Clouds::foremost() const {
  const Session* first = nullptr;
  for (const Cloud& cloud : clouds_) {
    if (cloud.session != nullptr && cloud.session->state() == LinkState::kReady) {
      return cloud.session.get();
    }
    first = first == nullptr ? cloud.session.get() : first;
  }
  return first;
}

bool Clouds::Add(std::string address, std::unique_ptr<Session> session) {
  auto free =
      std::ranges::find_if(clouds_, [](const Cloud& cloud) { return cloud.session == nullptr; });
  if (free == clouds_.end()) {
    free = std::ranges::find(clouds_, LinkState::kAway,
                             [](const Cloud& cloud) { return cloud.session->state(); });
  }
  if (free == clouds_.end()) {
    return false;
  }
  const auto place = static_cast<size_t>(free - clouds_.begin());
  if (deployment_ != nullptr) {
    session->SetModels({deployment_->identity()});
  }
  if (free->session != nullptr && listener_.on_replaced) {
    listener_.on_replaced(place);
  }
  free->address = std::move(address);
  free->session = std::move(session);
  free->session->OnStateChange([this, place](LinkState state) { OnState(place, state); });
  free->session->OnLinkSample([this, place](const LinkSample& sample) {
    if (listener_.on_sample) {
      listener_.on_sample(place, sample);
    }
  });
  return true;
}

void Clouds::SetDeployment(std::shared_ptr<const Deployment> deployment) {
  deployment_ = std::move(deployment);
  for (const Cloud& cloud : clouds_) {
    if (cloud.session != nullptr) {
      cloud.session->SetModels({deployment_->identity()});
    }
  }
}

void Clouds::OnState(size_t place, LinkState state) {
  const bool ready = state == LinkState::kReady;
  {
    const SteadyLock lock(&mutex_);
    Cloud& cloud = clouds_[place];
    cloud.ready = cloud.ready && ready;
    cloud.streamed_bytes = 0;
    if (ready) {
      TakeWelcome(cloud);
    } else {
      cloud.conditions = RateConditions();  // what comes back may be another link
    }
  }
  if (listener_.on_ready) {
    listener_.on_ready(place, ready);
  }
  if (ready) {  // last of all: whoever waits for it goes on at once, and the listener knows it
    const SteadyLock lock(&mutex_);
    clouds_[place].ready = true;
  }
}

// Which calibrated parameters the cloud has; says once which it lacks.
void Clouds::TakeWelcome(Cloud& cloud) {
  const wire::Welcome& welcome = *cloud.session->welcome();
  if (cloud.session->CanBegin()) {
    cloud.streamed_bytes = welcome.max_inflight;
  }
  cloud.parameters = welcome.models[kModel].parameters;
  if (deployment_ == nullptr) {
    return;
  }
  const wire::ModelIdentity identity = deployment_->identity();
  for (const uint64_t id : identity.parameters) {
    if (!Contains(cloud.parameters, id) && !Contains(missed_parameters_, id)) {
      missed_parameters_.push_back(id);
      Log(LogLevel::kWarning, "codec_parameters_missing",
          {{"model", identity.name},
           {"cut", deployment_->CutText()},
           {"cloud", cloud.address},
           {"parameters", fmt::format("{:016x}", id)},
           {"reason",
            "the cloud has not what was calibrated; tensors go out with their own range "
            "until the model's folder is copied there"}});
    }
  }
}

// A tensor of a few bytes does not show how fast the link is: until one does, its rate is at least
// what came there and back in that time.
void Clouds::LearnFrom(size_t place, const Reply& reply, absl::Duration link) {
  const LinkStatistics statistics = clouds_[place].session->statistics();
  const double seconds = absl::ToDoubleSeconds(reply.encoding + link);
  const double least = seconds > 0 ? 8 * static_cast<double>(reply.bytes_up) / seconds : 0;
  const SteadyLock lock(&mutex_);
  RateConditions& conditions = clouds_[place].conditions;
  conditions.uplink_bits_per_second = statistics.uplink_bits_per_second > 0
                                          ? statistics.uplink_bits_per_second
                                          : std::max(conditions.uplink_bits_per_second, least);
  conditions.rtt =
      statistics.rtt == absl::InfiniteDuration() ? absl::ZeroDuration() : statistics.rtt;
  conditions.cloud = absl::Microseconds(reply.timing.queue_us + reply.timing.tail_us);
}

void Clouds::Close() {
  for (Cloud& cloud : clouds_) {
    cloud.session.reset();
  }
}

bool Clouds::HasOne() const { return std::ranges::any_of(clouds_, &Cloud::ready); }

bool Clouds::IsReady(size_t cloud) const {
  const SteadyLock lock(&mutex_);
  return clouds_[cloud].ready;
}

bool Clouds::AnyReady() const {
  const SteadyLock lock(&mutex_);
  return HasOne();
}

void Clouds::WaitForOne(absl::Duration limit) const {
  const SteadyLock lock(&mutex_);
  mutex_.AwaitFor([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return HasOne(); }, limit);
}

std::vector<uint64_t> Clouds::Parameters(size_t cloud) const {
  const SteadyLock lock(&mutex_);
  return clouds_[cloud].parameters;
}

uint64_t Clouds::streamed_bytes(size_t cloud) const {
  const SteadyLock lock(&mutex_);
  return clouds_[cloud].streamed_bytes;
}

RateConditions Clouds::conditions(size_t cloud) const {
  const SteadyLock lock(&mutex_);
  return clouds_[cloud].conditions;
}

}  // namespace tideline
