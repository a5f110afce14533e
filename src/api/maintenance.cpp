#include "api/maintenance.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cstring>

#include "api/oci_errors.h"
#include "api/refusal_log.h"
#include "api/source.h"
#include "api/uri.h"

namespace berth::api {
namespace {

namespace json = boost::json;

std::string line(const json::object& object) {
  return json::serialize(object) + "\n";
}

// Turns a run into a byte stream: every read that finds no text waiting does one step of work.
class RunStream final : public ByteStream {
 public:
  explicit RunStream(std::unique_ptr<registry::MaintenanceRun> run) : run_(std::move(run)) {}

  Task<Result<std::size_t>> read(std::span<std::byte> out) override {
    while (sent_ == text_.size() && !ended_) co_await work();
    const std::size_t n = std::min(out.size(), text_.size() - sent_);
    std::memcpy(out.data(), text_.data() + sent_, n);
    sent_ += n;
    co_return n;
  }

 private:
  // An error ends the stream with a line that says so: the status was sent long ago.
  Task<> work() {
    text_.clear();
    sent_ = 0;
    std::vector<registry::Finding> findings;
    const auto more = co_await run_->step(findings);
    for (const registry::Finding& finding : findings) text_ += finding_line(finding);
    if (!more) {
      text_ += error_line(more.error());
      ended_ = true;
    } else if (!*more) {
      text_ += summary_line(run_->summary());
      ended_ = true;
    } else if (findings.empty()) {
      text_ += progress_line(run_->summary());
    }
  }

  std::unique_ptr<registry::MaintenanceRun> run_;
  std::string text_;
  std::size_t sent_ = 0;
  bool ended_ = false;
};

Result<bool> flag(const Query& query, std::string_view name) {
  const auto value = query.get(name);
  if (!value || *value == "false") return false;
  if (*value == "true") return true;
  return fail(Error(Code::kInvalidRequest, "The parameter must be true or false.")
                  .with("parameter", std::string(name)));
}

Result<std::optional<std::chrono::seconds>> grace_of(const Query& query) {
  const auto text = query.get("graceSeconds");
  if (!text) return std::nullopt;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  constexpr std::int64_t kTenYears = 10LL * 365 * 24 * 3600;
  if (error != std::errc{} || end != text->data() + text->size() || seconds < 0 ||
      seconds > kTenYears) {
    return fail(Code::kInvalidRequest, "graceSeconds must be a number of seconds, zero or more.");
  }
  return std::chrono::seconds(seconds);
}

}  // namespace

std::string finding_line(const registry::Finding& finding) {
  if (finding.content.empty()) {
    return line({{"kind", "problem"}, {"message", finding.reason}});
  }
  return line({{"kind", "blob"},
               {"digest", finding.content},
               {"size", finding.size},
               {"action", registry::verdict_name(finding.verdict)},
               {"reason", finding.reason}});
}

std::string progress_line(const registry::MaintenanceSummary& summary) {
  return line({{"kind", "progress"}, {"done", summary.checked}, {"total", summary.total}});
}

std::string summary_line(const registry::MaintenanceSummary& summary) {
  return line({{"kind", "summary"},
               {"checked", summary.checked},
               {"removed", summary.removed},
               {"removedBytes", summary.removed_bytes},
               {"droppedLinks", summary.dropped_links},
               {"problems", summary.problems},
               {"repaired", summary.repaired}});
}

std::string error_line(const Error& error) {
  return line({{"kind", "error"},
               {"code", code_row(error.code).arm},
               {"message", error.message},
               {"cause", error.cause}});  // the reader is the operator
}

Result<std::unique_ptr<registry::MaintenanceRun>> Maintenance::begin(
    const http::Exchange& exchange) const {
  const http::Request& request = exchange.request();
  TRY_ASSIGN(const access::Visit visit, gate_.enter_own_socket(source_of(exchange.peer())));
  TRY_ASSIGN(const policy::OperatePermit permit, gate_.authorize<policy::Action::kOperate>(visit));
  TRY_ASSIGN(const Query query, Query::parse(request.query()));
  if (request.method() != http::Method::kPost) {
    return fail(Code::kUnsupported, "Maintenance is started with POST.");
  }
  if (request.path() == "/gc") {
    registry::GcRequest gc;
    TRY_ASSIGN(gc.dry_run, flag(query, "dryRun"));
    TRY_ASSIGN(gc.grace, grace_of(query));
    return collector_.begin(permit, gc);
  }
  if (request.path() == "/verify") {
    TRY_ASSIGN(const bool repair, flag(query, "repair"));
    return verifier_.begin(permit, repair);
  }
  return fail(Code::kRouteUnknown, "Here are POST /gc and POST /verify.");
}

Task<http::Response> Maintenance::handle(http::Exchange& exchange) {
  auto run = begin(exchange);
  if (!run) {
    log_refusal(log_, "maintenance", exchange, run.error());
    co_return failure(run.error(), exchange.correlation_id());
  }
  log_.info("maintenance started",
            {{"path", exchange.request().path()}, {"correlationId", exchange.correlation_id()}});
  http::Response response(200);
  response.header("Content-Type", "application/x-ndjson");
  response.body = http::StreamBody{std::make_shared<RunStream>(std::move(*run)), std::nullopt};
  co_return response;
}

http::Response Maintenance::failure(const Error& error, const std::string& correlation_id) {
  return oci_error(error, correlation_id);
}

}  // namespace berth::api
