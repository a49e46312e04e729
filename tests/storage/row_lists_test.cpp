#define CAF_SUITE storage.row_lists
#include "storage/row_lists.hpp"

#include "storage/view_keys.hpp"
#include "support/weir_test.hpp"

#include <set>
#include <string>

using namespace weir::storage;

namespace {

std::multiset<std::string> all_of(const row_lists& lists, const std::string& list) {
  std::multiset<std::string> found;
  lists.each(list, [&](const kept_row& row) { found.emplace(row.key()); });
  return found;
}

} // namespace

CAF_TEST(a list has its rows and no others) {
  row_arena rows;
  row_lists lists;
  CAF_CHECK(all_of(lists, keys::stream_of("7")).empty());
  // Far more than buckets, so that each bucket has several lists.
  for (auto job = 0; job < 60'000; ++job)
    for (const auto& key : {keys::stream(std::to_string(job), 1), keys::pending(std::to_string(job), 2)})
      lists.add(rows.add(key, 0, ""));
  lists.add(rows.add(keys::stream("7", 9), 0, std::nullopt));
  CAF_CHECK(all_of(lists, keys::stream_of("7")) == (std::multiset{keys::stream("7", 1), keys::stream("7", 9)}));
  CAF_CHECK(all_of(lists, keys::pending_of("59999")) == (std::multiset{keys::pending("59999", 2)}));
  CAF_CHECK(all_of(lists, keys::stream_of("")).empty());
  CAF_CHECK(all_of(lists, keys::states_of("7")).empty());
}

CAF_TEST(a dropped row is in its list no more) {
  row_arena rows;
  row_lists lists;
  auto& gone = rows.add(keys::pending("j", 1), 0, "");
  lists.add(gone);
  lists.add(rows.add(keys::pending("j", 2), 0, ""));
  rows.drop(gone);
  CAF_CHECK(all_of(lists, keys::pending_of("j")) == (std::multiset{keys::pending("j", 2)}));
}

CAF_TEST(the list of a key is the prefix that its rows are asked for by) {
  const std::string odd{"j\0k", 3};
  const std::string odder{"\0\1", 2};
  for (const auto& job : {std::string{"j"}, std::string{}, odd, odder}) {
    const auto entry = keys::stream(job, 0x0001000100010001);
    CAF_CHECK_EQUAL(keys::list_of(entry), keys::stream_of(job));
    const auto waiting = keys::pending(job, 1);
    CAF_CHECK_EQUAL(keys::list_of(waiting), keys::pending_of(job));
    const auto state = keys::state(job, odder);
    CAF_CHECK_EQUAL(keys::list_of(state), keys::states_of(job));
    const auto seen = keys::event(job, odder);
    CAF_CHECK_EQUAL(keys::list_of(seen), keys::events_of(job));
    for (const auto& list : {keys::stream_of(job), keys::pending_of(job), keys::states_of(job), keys::events_of(job)})
      CAF_CHECK(keys::is_list(list));
    CAF_CHECK(!keys::is_list(entry));
    CAF_CHECK(!keys::is_list(state));
    CAF_CHECK(!keys::is_list(keys::records_of(job)));
    CAF_CHECK(!keys::is_list(keys::job(job)));
  }
  CAF_CHECK(!keys::is_list("p"));
  CAF_CHECK(!keys::is_list(""));
}
