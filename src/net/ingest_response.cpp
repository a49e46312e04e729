#include "domain/frame.hpp"
#include "net/ingest_request.hpp"
#include "net/problem.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace weir::net {

namespace {

/// `"id":..,"jobId":..,"seq":..,"status":..`
void append_item(std::string& out, const submitted_item& item) {
  out += R"("id":)";
  append_json_string(out, item.id);
  out += R"(,"jobId":)";
  append_json_string(out, item.job);
  if (item.seq != 0)
    out += fmt::format(R"(,"seq":{})", item.seq);
  out += R"(,"status":)";
  append_json_string(out, item.status);
}

/// `,"durability":".."`, or nothing where nothing was stored.
std::string durability_member(const submission_answer& answer) {
  return answer.durability.empty() ? std::string{} : fmt::format(R"(,"durability":"{}")", answer.durability);
}

http_response single_response(const ingest_request& request, const submission_answer& answer,
                              std::string_view instance) {
  if (answer.items.empty())
    return problem(fail(errc::internal, "the node gave no answer for the event"), instance);
  const auto& item = answer.items.front();
  auto href = event_href(item.id, request.source);
  std::string body = "{";
  append_item(body, item);
  body += durability_member(answer);
  body += R"(,"href":)";
  append_json_string(body, href);
  if (request.source == engagement_source) {
    body += R"(,"event_id":)";
    append_json_string(body, item.id);
  }
  body += '}';
  auto out = json_response(answer.waited ? 200 : 202, std::move(body));
  out.set("Location", href);
  return out;
}

struct batch_counts {
  std::size_t accepted = 0;
  std::size_t duplicate = 0;
};

batch_counts count(const std::vector<submitted_item>& items) {
  batch_counts out;
  for (const auto& item : items)
    ++(item.status == "duplicate" ? out.duplicate : out.accepted);
  return out;
}

void append_rejected(std::string& out, const rejected_item& item) {
  out += fmt::format(R"({{"index":{},"status":"rejected","error":)", item.index);
  out += problem_body(item.why, {});
  if (item.retry_after.count() > 0)
    out += fmt::format(R"(,"retryAfter":{})", retry_seconds(item.retry_after));
  out += '}';
}

/// Accepted and rejected items in the order of the request.
std::string results(const ingest_request& request, const std::vector<submitted_item>& items) {
  std::string out = "[";
  auto good = std::size_t{0};
  auto bad = std::size_t{0};
  auto taken = std::min(items.size(), request.indexes.size());
  while (good < taken || bad < request.rejected.size()) {
    if (out.size() > 1)
      out += ',';
    if (bad == request.rejected.size() || (good < taken && request.indexes[good] < request.rejected[bad].index)) {
      out += fmt::format(R"({{"index":{},)", request.indexes[good]);
      append_item(out, items[good++]);
      out += '}';
    } else {
      append_rejected(out, request.rejected[bad++]);
    }
  }
  return out += ']';
}

/// A problem whose extensions are the results of the items.
http_response none_accepted(std::string body) {
  auto why = problem_body(fail(errc::validation_failed, "no event of the batch was accepted"), {});
  why.back() = ',';
  // The problem's status is the number; the word of the batch is told by `rejected`.
  auto rest = body.find(R"("accepted":)");
  http_response out;
  out.status = 422;
  out.set("Content-Type", "application/problem+json");
  out.body = why + body.substr(rest);
  return out;
}

http_response batch_response(const ingest_request& request, const submission_answer& answer) {
  auto n = count(answer.items);
  auto none = n.accepted + n.duplicate == 0 && !request.rejected.empty();
  auto body = fmt::format(R"({{"status":"{}","accepted":{},"duplicate":{},"rejected":{}{},"results":{}}})",
                          none                       ? "rejected"
                          : request.rejected.empty() ? "accepted"
                                                     : "partial",
                          n.accepted, n.duplicate, request.rejected.size(), durability_member(answer),
                          results(request, answer.items));
  if (none)
    return none_accepted(std::move(body));
  return json_response(answer.waited && !answer.items.empty() ? 200 : 202, std::move(body));
}

} // namespace

std::string event_href(std::string_view id, std::string_view source) {
  auto encode = [](std::string_view text) { return boost::urls::encode(text, boost::urls::unreserved_chars); };
  auto out = "/api/v1/events/" + encode(id);
  if (!source.empty() && source != "api")
    out += "?source=" + encode(source);
  return out;
}

void take_refused(ingest_request& request, submission_answer& answer) {
  std::vector<submitted_item> items;
  std::vector<std::size_t> indexes;
  for (std::size_t i = 0; i < answer.items.size() && i < request.indexes.size(); ++i) {
    auto& item = answer.items[i];
    if (item.refused) {
      request.rejected.push_back({request.indexes[i], std::move(item.refused->why), item.refused->retry_after});
    } else {
      indexes.push_back(request.indexes[i]);
      items.push_back(std::move(item));
    }
  }
  answer.items = std::move(items);
  request.indexes = std::move(indexes);
  std::ranges::sort(request.rejected, {}, &rejected_item::index);
}

http_response ingest_response(const ingest_request& request, const submission_answer& answer,
                              std::string_view instance) {
  auto out = request.single ? single_response(request, answer, instance) : batch_response(request, answer);
  if (answer.replayed)
    out.set("Idempotent-Replayed", "true");
  if (answer.waited && request.wait.count() > 0)
    out.set("Preference-Applied", fmt::format("wait={}", request.wait.count()));
  return out;
}

http_response nothing_accepted(const ingest_request& request, std::string_view instance) {
  if (request.single && !request.rejected.empty())
    return problem(request.rejected.front().why, instance);
  return batch_response(request, {});
}

} // namespace weir::net
