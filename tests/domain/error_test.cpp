#define CAF_SUITE domain.error
#include "domain/error.hpp"

#include "support/weir_test.hpp"

#include <set>
#include <string>

namespace {

using weir::errc;

/// Fails to compile (-Werror=switch) when an enumerator is added and not
/// named here. The name is the enumerator's in kebab case.
std::string expected_name(errc code) {
  switch (code) {
#define WEIR_CASE(name)                                                                                                \
  case errc::name:                                                                                                     \
    return #name
    WEIR_CASE(malformed_json);
    WEIR_CASE(validation_failed);
    WEIR_CASE(too_large);
    WEIR_CASE(too_deep);
    WEIR_CASE(duplicate_key);
    WEIR_CASE(no_job);
    WEIR_CASE(late);
    WEIR_CASE(handler_dead);
    WEIR_CASE(attempts_exhausted);
    WEIR_CASE(handler_crashed);
    WEIR_CASE(hop_limit);
    WEIR_CASE(skipped);
    WEIR_CASE(unknown_type);
    WEIR_CASE(storage_unavailable);
    WEIR_CASE(storage_damaged);
    WEIR_CASE(not_ready);
    WEIR_CASE(overloaded);
    WEIR_CASE(disk_full);
    WEIR_CASE(timed_out);
    WEIR_CASE(conflict);
    WEIR_CASE(internal);
    WEIR_CASE(unreachable);
    WEIR_CASE(handler_timeout);
    WEIR_CASE(bad_request);
    WEIR_CASE(unauthenticated);
    WEIR_CASE(forbidden);
    WEIR_CASE(not_found);
    WEIR_CASE(job_not_found);
    WEIR_CASE(method_not_allowed);
    WEIR_CASE(unsupported_media_type);
    WEIR_CASE(unsupported);
    WEIR_CASE(rate_limited);
    WEIR_CASE(limit_exceeded);
    WEIR_CASE(already_subscribed);
    WEIR_CASE(epoch_changed);
    WEIR_CASE(history_trimmed);
    WEIR_CASE(cursor_mismatch);
    WEIR_CASE(idempotency_mismatch);
    WEIR_CASE(header_too_large);
    WEIR_CASE(target_too_long);
    WEIR_CASE(upgrade_required);
    WEIR_CASE(expect_count_mismatch);
    WEIR_CASE(bad_config);
    WEIR_CASE(length_required);
    WEIR_CASE(request_timeout);
    WEIR_CASE(state_conflict);
#undef WEIR_CASE
  }
  return {};
}

constexpr unsigned enumerators = 46;

} // namespace

CAF_TEST(every enumerator has the row with its own name) {
  unsigned named = 0;
  for (unsigned number = 0; number < 256; ++number) {
    auto code = static_cast<errc>(number);
    auto name = expected_name(code);
    if (name.empty())
      continue;
    ++named;
    for (auto& c : name)
      c = c == '_' ? '-' : c;
    CAF_CHECK_EQUAL(std::string{weir::problem_of(code).name}, name);
    CAF_CHECK(weir::problem_of(code).code == code);
    CAF_CHECK(weir::errc_from_name(name) == code);
  }
  CAF_CHECK_EQUAL(named, enumerators);
  CAF_CHECK_EQUAL(weir::problem_table().size(), std::size_t{enumerators});
}

CAF_TEST(names and titles are unique and statuses are errors) {
  std::set<std::string_view> names;
  std::set<std::string_view> titles;
  auto before = 0;
  for (const auto& row : weir::problem_table()) {
    CAF_CHECK(names.insert(row.name).second);
    CAF_CHECK(titles.insert(row.title).second);
    CAF_CHECK(row.http_status >= 400 && row.http_status < 600);
    CAF_CHECK(static_cast<int>(row.code) > before);
    before = static_cast<int>(row.code);
  }
}

CAF_TEST(a wrong event is never worth a retry) {
  for (const auto& row : weir::problem_table()) {
    if (static_cast<int>(row.code) < 20)
      CAF_CHECK(!weir::is_retryable(row.code));
  }
  CAF_CHECK(weir::is_retryable(errc::storage_unavailable));
  CAF_CHECK(weir::is_retryable(errc::rate_limited));
  CAF_CHECK(!weir::is_retryable(errc::forbidden));
}

CAF_TEST(an unknown number or name counts as internal) {
  CAF_CHECK(weir::problem_of(static_cast<errc>(0)).code == errc::internal);
  CAF_CHECK(weir::problem_of(static_cast<errc>(39)).code == errc::internal);
  CAF_CHECK(weir::problem_of(static_cast<errc>(255)).code == errc::internal);
  CAF_CHECK(weir::errc_from_name("no-such-name") == errc::internal);
}
