#include "edge/sink/webhook.h"

#include <array>
#include <span>
#include <utility>

#include "common/base/hash.h"
#include "common/base/secret.h"
#include "common/config/url.h"
#include "edge/sink/http_post.h"

namespace tideline {
namespace {

constexpr std::array<UrlScheme, 2> kSchemes = {{{"http", 80}, {"https", 443}}};
constexpr size_t kKeyLetters = 32;

std::string KeyOf(std::span<const Record> records) {
  std::string ids;
  for (const Record& record : records) {
    ids += record.id + '\0';
  }
  return ToHex(Sha256(std::as_bytes(std::span(ids)))).substr(0, kKeyLetters);
}

// Whether the same may be taken later.
bool IsPassing(int status) {
  return status >= 500 || status == 408 || status == 425 || status == 429;
}

class Webhook final : public Sink {
 public:
  Webhook(const WebhookOptions& options, std::string authorization,
          std::unique_ptr<HttpPoster> poster)
      : url_(options.url),
        batch_(static_cast<size_t>(options.batch)),
        authorization_(std::move(authorization)),
        poster_(std::move(poster)) {}

  absl::Status Write(const Record& record) override { return WriteAll({&record, 1}); }
  size_t batch() const override { return batch_; }

  absl::Status WriteAll(std::span<const Record> records) override {
    HttpMessage message{.content_type = "application/x-ndjson",
                        .idempotency_key = KeyOf(records),
                        .authorization = authorization_};
    for (const Record& record : records) {
      message.body += record.line;
    }
    ASSIGN_OR_RETURN(const int status, poster_->Post(message));
    if (status / 100 == 2) {
      return absl::OkStatus();
    }
    const std::string text = fmt::format("{}: answered {}", url_, status);
    return IsPassing(status) ? Unavailable("{}", text) : InvalidArgument("{}", text);
  }

  absl::Status Sync() override { return absl::OkStatus(); }

 private:
  const std::string url_;
  const size_t batch_;
  const std::string authorization_;
  const std::unique_ptr<HttpPoster> poster_;
};

}  // namespace

absl::Status CheckWebhookUrl(std::string_view url) { return ParseUrl(url, kSchemes).status(); }

absl::StatusOr<std::unique_ptr<Sink>> OpenWebhook(const WebhookOptions& options) {
  ASSIGN_OR_RETURN(Url url, ParseUrl(options.url, kSchemes));
  std::string authorization;
  if (!options.token.empty()) {
    ASSIGN_OR_RETURN(const std::string token, ReadSecret(options.token));
    authorization = "Bearer " + token;
  }
  ASSIGN_OR_RETURN(std::unique_ptr<HttpPoster> poster,
                   HttpPoster::Make(std::move(url), options.ca, options.timeout));
  return std::make_unique<Webhook>(options, std::move(authorization), std::move(poster));
}

}  // namespace tideline
