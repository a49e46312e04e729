#define CAF_SUITE net.sse_encoding

#include "net/sse_encoding.hpp"

#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::net;

namespace {

http_request stream(std::vector<std::pair<std::string, std::string>> query, std::string last_id = {}) {
  http_request out;
  out.query = std::move(query);
  if (!last_id.empty())
    out.headers.push_back({"last-event-id", std::move(last_id)});
  return out;
}

stream_position position(const start_point& start) {
  auto at = std::get_if<stream_position>(&start);
  return at ? *at : stream_position{"none", 0};
}

} // namespace

CAF_TEST(an event has id and name and data) {
  CAF_CHECK_EQUAL(print_stream_event("k3:1", "a.b", "{}"), "id: k3:1\nevent: a.b\ndata: {}\n\n");
  CAF_CHECK_EQUAL(print_stream_event("", "", "{}"), "data: {}\n\n");
}

CAF_TEST(line breaks in the payload become data lines) {
  CAF_CHECK_EQUAL(print_stream_event("", "", "{\n1\r\n2\r3"), "data: {\ndata: 1\ndata: 2\ndata: 3\n\n");
}

CAF_TEST(a name with a line break cannot forge lines) {
  CAF_CHECK_EQUAL(print_stream_event("", "a\nid: 9", "1"), "data: 1\n\n");
}

CAF_TEST(jobs are sorted and counted once) {
  auto got = read_stream_request(stream({{"job", "b"}, {"job", "a"}, {"job", "b"}, {"type", "x.*"}}));
  CAF_REQUIRE(static_cast<bool>(got));
  CAF_REQUIRE_EQUAL(got->jobs.size(), 2u);
  CAF_CHECK_EQUAL(got->jobs[0], "a");
  CAF_CHECK(std::holds_alternative<start_live>(got->starts[1]));
  CAF_CHECK_EQUAL(got->types.at(0), "x.*");
}

CAF_TEST(a stream needs one to thirty two valid jobs) {
  CAF_CHECK(!read_stream_request(stream({})));
  CAF_CHECK(!read_stream_request(stream({{"job", ""}})));
  CAF_CHECK(!read_stream_request(stream({{"job", ".."}})));
  std::vector<std::pair<std::string, std::string>> many;
  for (int i = 0; i < 32; ++i)
    many.emplace_back("job", "j" + std::to_string(i));
  CAF_CHECK(static_cast<bool>(read_stream_request(stream(many))));
  many.emplace_back("job", "one more");
  CAF_CHECK(!read_stream_request(stream(many)));
}

CAF_TEST(the header wins over the query) {
  auto got = read_stream_request(stream({{"job", "a"}, {"after", "k3:5"}}, "k3:9"));
  CAF_REQUIRE(static_cast<bool>(got));
  CAF_CHECK(position(got->starts[0]) == (stream_position{"k3", 9}));
  got = read_stream_request(stream({{"job", "a"}, {"after", "earliest"}}));
  CAF_REQUIRE(static_cast<bool>(got));
  CAF_CHECK(std::holds_alternative<start_earliest>(got->starts[0]));
}

CAF_TEST(a cursor over several jobs goes both ways) {
  std::vector<job_id> jobs = {"a", "b", "c"};
  auto text = print_stream_cursor(jobs, {{"k3", 7}, {"", 0}, {"k5", 9}});
  CAF_CHECK(text.starts_with("c1."));
  auto back = read_stream_cursor(jobs, text);
  CAF_REQUIRE(static_cast<bool>(back));
  CAF_CHECK(position(back->at(0)) == (stream_position{"k3", 7}));
  CAF_CHECK(std::holds_alternative<start_live>(back->at(1)));
  CAF_CHECK(position(back->at(2)) == (stream_position{"k5", 9}));
}

CAF_TEST(a cursor of other jobs is refused) {
  auto text = print_stream_cursor({"a", "b"}, {{"k3", 7}, {"k4", 1}});
  auto other = read_stream_cursor({"a", "c"}, text);
  CAF_REQUIRE(!other);
  CAF_CHECK(other.error().code == errc::cursor_mismatch);
  auto several = read_stream_cursor({"a", "b"}, "k3:7");
  CAF_REQUIRE(!several);
  CAF_CHECK(several.error().code == errc::cursor_mismatch);
}

CAF_TEST(damaged positions are refused) {
  for (auto text : {"k3", "k3:", ":5", "k3:x", "k3:-1", "c1.!", "k3:99999999999999999999"})
    CAF_CHECK(!read_stream_cursor({"a"}, text));
}
