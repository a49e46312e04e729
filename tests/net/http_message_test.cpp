#define CAF_SUITE net.http_message

#include "net/http_message.hpp"

#include "support/weir_test.hpp"

using namespace weir::net;

CAF_TEST(a head carries length and the headers of every answer) {
  http_response response;
  response.status = 404;
  response.set("Content-Type", "text/plain");
  response.body = "gone";
  auto head = print_head(response, true, "now");
  CAF_CHECK_EQUAL(head, "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nDate: now\r\nCache-Control: no-store\r\n"
                        "X-Content-Type-Options: nosniff\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\n");
  response.status = 204;
  CAF_CHECK(print_head(response, false, "now").find("Content-Length") == std::string::npos);
  CAF_CHECK(print_head(response, false, "now").find("Connection: close") != std::string::npos);
}

CAF_TEST(dates have the form of RFC 9110) {
  CAF_CHECK_EQUAL(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  CAF_CHECK_EQUAL(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

CAF_TEST(lists are split and trimmed) {
  auto items = split_list(" a, ,b ,c");
  CAF_REQUIRE_EQUAL(items.size(), 3u);
  CAF_CHECK_EQUAL(std::string{items[1]}, "b");
  CAF_CHECK(split_list("").empty());
}

CAF_TEST(names compare without case) {
  CAF_CHECK(equals_nocase("Keep-Alive", "keep-alive"));
  CAF_CHECK(!equals_nocase("a", "ab"));
  CAF_CHECK_EQUAL(lower("X-YZ"), "x-yz");
}
