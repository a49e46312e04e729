#define CAF_SUITE net.request_checks

#include "net/request_checks.hpp"

#include "support/weir_test.hpp"

#include <algorithm>

using namespace weir;
using namespace weir::net;

namespace {

errc head_error(std::string_view block) {
  auto ok = check_head(block, http_limits{});
  return ok ? errc{0} : ok.error().code;
}

http_request get(std::string target) {
  http_request out;
  out.method = "GET";
  out.target = std::move(target);
  out.headers = {{"host", "127.0.0.1:7070"}};
  return out;
}

errc request_error(http_request head) {
  auto ok = validate_request(head);
  return ok ? errc{0} : ok.error().code;
}

errc request_error(std::string method, std::vector<header> headers, unsigned version = 11) {
  auto head = get("/");
  head.method = std::move(method);
  head.version = version;
  head.headers = std::move(headers);
  return request_error(head);
}

constexpr auto fine = errc{0};

} // namespace

CAF_TEST(a plain head passes) {
  CAF_CHECK(head_error("GET /health HTTP/1.1\r\nHost: a\r\nX-A: caf\xc3\xa9\r\n\r\n") == fine);
}

CAF_TEST(folded and indented header lines are refused) {
  CAF_CHECK(head_error("GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\n 2\r\n\r\n") == errc::bad_request);
  CAF_CHECK(head_error("GET / HTTP/1.1\r\n Host: a\r\n\r\n") == errc::bad_request);
  CAF_CHECK(head_error("GET / HTTP/1.1\r\nHost: a\r\n\tX-A: 1\r\n\r\n") == errc::bad_request);
}

CAF_TEST(line ends other than CRLF are refused) {
  CAF_CHECK(head_error("GET / HTTP/1.1\nHost: a\r\n\r\n") == errc::bad_request);
  CAF_CHECK(head_error("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n") == errc::bad_request);
  CAF_CHECK(head_error("GET / HTTP/1.1\r\nX-A: 1\rX-B: 2\r\n\r\n") == errc::bad_request);
}

CAF_TEST(targets outside printable ASCII are refused) {
  CAF_CHECK(head_error("GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n") == errc::bad_request);
  CAF_CHECK(head_error("GET /a\x01 HTTP/1.1\r\nHost: a\r\n\r\n") == errc::bad_request);
  CAF_CHECK(head_error("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n") == errc::bad_request);
}

CAF_TEST(control characters in headers are refused) {
  using namespace std::string_view_literals;
  CAF_CHECK(head_error("GET / HTTP/1.1\r\nX: a\0b\r\n\r\n"sv) == errc::bad_request);
  CAF_CHECK(head_error("GET / HTTP/1.1\r\nX: a\x7f\r\n\r\n") == errc::bad_request);
}

CAF_TEST(long targets and large heads are told apart) {
  auto target = std::string(9'000, 'a');
  CAF_CHECK(head_error("GET /" + target + " HTTP/1.1\r\nHost: a\r\n\r\n") == errc::target_too_long);
  auto value = std::string(17'000, 'a');
  CAF_CHECK(head_error("GET / HTTP/1.1\r\nX: " + value + "\r\n\r\n") == errc::header_too_large);
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 101; ++i)
    many += "X: 1\r\n";
  CAF_CHECK(head_error(many + "\r\n") == errc::header_too_large);
}

CAF_TEST(an endless request line is refused before it ends) {
  auto ok = check_partial_head("GET /" + std::string(9'000, 'a'), http_limits{});
  CAF_REQUIRE(!ok);
  CAF_CHECK(ok.error().code == errc::target_too_long);
  CAF_CHECK(static_cast<bool>(check_partial_head("GET / HTTP/1.1\r\nHo", http_limits{})));
}

CAF_TEST(transfer encodings other than one chunked are refused) {
  CAF_CHECK(request_error("POST", {{"host", "a"}, {"transfer-encoding", "chunked"}}) == fine);
  CAF_CHECK(request_error("POST", {{"host", "a"}, {"transfer-encoding", " Chunked "}}) == fine);
  for (auto value : {"identity", "pigeons", "chunked, chunked", "gzip, chunked", "chunkedchunked", ""})
    CAF_CHECK(request_error("POST", {{"host", "a"}, {"transfer-encoding", value}}) == errc::bad_request);
  CAF_CHECK(request_error("POST", {{"host", "a"}, {"transfer-encoding", "chunked"}}, 10) == errc::bad_request);
  CAF_CHECK(request_error("POST", {{"host", "a"}, {"transfer-encoding", "chunked"}, {"content-length", "2"}}) ==
            errc::bad_request);
}

CAF_TEST(exactly one valid host is needed) {
  CAF_CHECK(request_error("GET", {}) == errc::bad_request);
  CAF_CHECK(request_error("GET", {}, 10) == fine);
  CAF_CHECK(request_error("GET", {{"host", "a"}, {"host", "b"}}) == errc::bad_request);
  for (auto value : {"", "a b@c", "a/b", "a:b", "[::1", "[::1]x", "[]", ":80"})
    CAF_CHECK(request_error("GET", {{"host", value}}) == errc::bad_request);
  for (auto value : {"a", "a.example:80", "127.0.0.1", "[::1]", "[::1]:7070"})
    CAF_CHECK(request_error("GET", {{"host", value}}) == fine);
}

CAF_TEST(headers that decide who may do what stand once) {
  for (auto name : {"authorization", "webhook-signature", "idempotency-key", "content-type"})
    CAF_CHECK(request_error("POST", {{"host", "a"}, {name, "x"}, {name, "x"}}) == errc::bad_request);
  CAF_CHECK(request_error("POST", {{"host", "a"}, {"accept", "x"}, {"accept", "y"}}) == fine);
}

CAF_TEST(unknown methods and content codings are refused) {
  for (auto method : {"CONNECT", "TRACE", "PURGE", "get"})
    CAF_CHECK(request_error(method, {{"host", "a"}}) == errc::method_not_allowed);
  CAF_CHECK(request_error("POST", {{"host", "a"}, {"content-encoding", "gzip"}}) == errc::unsupported_media_type);
  CAF_CHECK(request_error("POST", {{"host", "a"}, {"content-encoding", "identity"}}) == fine);
}

CAF_TEST(paths that can be read in two ways are refused) {
  for (auto target : {"/a/../b", "/a/%2e%2e/b", "/a/.", "/%2E", "//a", "/a//b", "/a/%zz", "/a%00b", "/a%0Ab", "/a%ff",
                      "/a#b", "a/b", "http://other/a", "ftp://127.0.0.1:7070/a", "*"})
    CAF_CHECK(request_error(get(target)) == errc::bad_request);
}

CAF_TEST(targets are read into segments and query pairs) {
  auto head = get("/api/v1/jobs/a%2Fb/events?after=1&type=x%20y&type=a+b&flag");
  CAF_REQUIRE(static_cast<bool>(validate_request(head)));
  CAF_REQUIRE_EQUAL(head.path.size(), 5u);
  CAF_CHECK_EQUAL(head.path[3], "a/b");
  CAF_CHECK_EQUAL(std::string{head.query_of("after")}, "1");
  CAF_CHECK_EQUAL(std::string{head.query_of("type")}, "x y");
  CAF_CHECK_EQUAL(head.query[2].second, "a b");
  CAF_CHECK(head.has_query("flag"));
  CAF_CHECK_EQUAL(std::string{head.path_text()}, "/api/v1/jobs/a%2Fb/events");
}

CAF_TEST(an absolute target must name the host) {
  auto head = get("http://127.0.0.1:7070/health?x=1");
  CAF_REQUIRE(static_cast<bool>(validate_request(head)));
  CAF_REQUIRE_EQUAL(head.path.size(), 1u);
  CAF_CHECK_EQUAL(head.path[0], "health");
}
