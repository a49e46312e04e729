#define CAF_SUITE net.problem

#include "net/problem.hpp"

#include "support/weir_test.hpp"

#include <nlohmann/json.hpp>

using namespace weir;
using namespace weir::net;
using namespace std::chrono_literals;

CAF_TEST(a problem body has the members of RFC 9457 and our code) {
  auto body = nlohmann::json::parse(problem_body(fail(errc::validation_failed, "say \"what\""), "/api/v1/events"));
  CAF_CHECK_EQUAL(body["type"].get<std::string>(), "urn:weir:problem:validation-failed");
  CAF_CHECK_EQUAL(body["status"].get<int>(), problem_of(errc::validation_failed).http_status);
  CAF_CHECK_EQUAL(body["detail"].get<std::string>(), "say \"what\"");
  CAF_CHECK_EQUAL(body["instance"].get<std::string>(), "/api/v1/events");
  CAF_CHECK_EQUAL(body["code"].get<std::string>(), "validation-failed");
  CAF_CHECK(!body["title"].get<std::string>().empty());
  CAF_CHECK(!body["retryable"].get<bool>());
}

CAF_TEST(the status of the answer equals the status of the body for every code) {
  for (const auto& row : problem_table()) {
    auto out = problem(fail(row.code, "x"), "/");
    CAF_CHECK_EQUAL(out.status, nlohmann::json::parse(out.body)["status"].get<unsigned>());
    CAF_CHECK_EQUAL(std::string{out.header_of("content-type")}, "application/problem+json");
  }
}

CAF_TEST(quota and capacity problems have their registered types) {
  auto quota = nlohmann::json::parse(problem_body(fail(errc::rate_limited), ""));
  CAF_CHECK(quota["type"].get<std::string>().ends_with("#quota-exceeded"));
  CAF_CHECK_EQUAL(quota["violated-policies"][0].get<std::string>(), "ingest");
  auto capacity = nlohmann::json::parse(problem_body(fail(errc::not_ready), ""));
  CAF_CHECK(capacity["type"].get<std::string>().ends_with("#temporary-reduced-capacity"));
}

CAF_TEST(answers that ask to come back say when) {
  CAF_CHECK_EQUAL(std::string{problem(refusal{fail(errc::rate_limited), 0ms}, "/").header_of("retry-after")}, "1");
  CAF_CHECK_EQUAL(std::string{problem(refusal{fail(errc::not_ready), 1001ms}, "/").header_of("retry-after")}, "2");
  CAF_CHECK_EQUAL(std::string{problem(refusal{fail(errc::disk_full), 30s}, "/").header_of("retry-after")}, "30");
  CAF_CHECK(problem(fail(errc::not_found), "/").header_of("retry-after").empty());
}

CAF_TEST(a detail that is not UTF8 is not repeated) {
  auto body = nlohmann::json::parse(problem_body(fail(errc::bad_request, "\xff"), ""));
  CAF_CHECK(body["detail"].get<std::string>().find("not UTF-8") != std::string::npos);
}

CAF_TEST(the admission headers are structured fields) {
  http_response out;
  add_admission(out, {1000, 12, 1500ms});
  CAF_CHECK_EQUAL(std::string{out.header_of("ratelimit-policy")}, "\"ingest\";q=1000");
  CAF_CHECK_EQUAL(std::string{out.header_of("ratelimit")}, "\"ingest\";r=12;t=2");
}
