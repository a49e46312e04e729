#include "actors/answers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>

namespace weir::actors {

namespace {

/// "seq:nr:job", what a cursor remembers of a row.
std::string place_of(const storage::outbox_key& key) {
  return fmt::format("{}:{}:{}", key.seq, key.nr, key.job);
}

result<storage::outbox_key> read_place(const std::string& text, std::string sink) {
  storage::outbox_key key{std::move(sink), {}, 0, 0};
  if (text.empty())
    return key;
  const auto* end = text.data() + text.size();
  const auto seq = std::from_chars(text.data(), end, key.seq);
  if (seq.ec == std::errc{} && seq.ptr != end && *seq.ptr == ':')
    if (const auto nr = std::from_chars(seq.ptr + 1, end, key.nr);
        nr.ec == std::errc{} && nr.ptr != end && *nr.ptr == ':') {
      key.job.assign(nr.ptr + 1, end);
      return key;
    }
  return fail(errc::cursor_mismatch, "the cursor is not one that this node gave out");
}

std::string text_of(const storage::outbox_row& row) {
  const nlohmann::json head{{"sink", row.key.sink},
                            {"jobId", row.key.job},
                            {"seq", row.key.seq},
                            {"nr", row.key.nr},
                            {"committedAt", to_rfc3339(row.at)}};
  auto text = dump(head);
  text.back() = ','; // the row as it was asked for
  return text + R"("row":)" + row.row + "}";
}

} // namespace

result<answer> list_outbox(const node_services& services, const question& what) {
  auto sink = parameter(what, "sink");
  if (sink.empty())
    return fail(errc::bad_request, "sink is missing: /outbox/sinks names those for which rows wait");
  auto limit = page_size(what);
  if (!limit)
    return limit.error();
  auto cursor = read_cursor(what);
  if (!cursor)
    return cursor.error();
  auto after = read_place(*cursor, std::move(sink));
  if (!after)
    return after.error();
  auto page = services.store->outbox(*after, *limit);
  if (!page)
    return page.error();
  std::vector<std::string> rows;
  for (const auto& row : page->rows)
    rows.push_back(text_of(row));
  return page_of(rows, page->complete || page->rows.empty() ? "" : make_cursor(what, place_of(page->rows.back().key)));
}

result<answer> list_sinks(const node_services& services, const question& /*what*/) {
  auto sinks = services.store->outbox_stats();
  if (!sinks)
    return sinks.error();
  std::vector<std::string> rows;
  for (const auto& one : *sinks)
    rows.push_back(dump({{"sink", one.sink}, {"pending", one.pending}, {"oldestAt", to_rfc3339(one.oldest)}}));
  return page_of(rows, "");
}

} // namespace weir::actors
