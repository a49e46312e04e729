#include "app/api_client.hpp"

#include "app/quantity.hpp"
#include "app/version.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <algorithm>

namespace weir::app {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using steady = std::chrono::steady_clock;

constexpr auto slice = std::chrono::milliseconds{100};
constexpr auto max_answer = std::uint64_t{256} << 20;

} // namespace

std::string endpoint::url() const {
  return "http://" + authority + base;
}

result<endpoint> parse_endpoint(std::string_view url) {
  const auto wrong = fail(errc::bad_request, "\"" + std::string{url} + "\" is not a URL like http://127.0.0.1:7070");
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed || parsed->host().empty())
    return wrong;
  if (parsed->scheme() != "http")
    return fail(errc::bad_request,
                "\"" + std::string{url} + "\": only http:// is supported; use a tunnel or a proxy for TLS");
  auto out = endpoint{};
  out.host = std::string{parsed->host()};
  if (out.host.starts_with('['))
    out.host = out.host.substr(1, out.host.size() - 2);
  if (parsed->has_port() && !parsed->port().empty())
    out.port = std::string{parsed->port()};
  out.authority = std::string{parsed->encoded_host_and_port()};
  out.base = std::string{parsed->encoded_path()};
  while (out.base.ends_with('/'))
    out.base.pop_back();
  return out;
}

std::string url_encode(std::string_view text) {
  return boost::urls::encode(text, boost::urls::unreserved_chars);
}

struct api_client::connection {
  connection(endpoint to, std::string bearer, std::function<bool()> stop)
      : where(std::move(to)), token(std::move(bearer)), interrupted(std::move(stop)) {}

  /// Runs what was started until it calls `done`, at most to the deadline.
  status finish(const bool& done) {
    while (!done) {
      if (interrupted && interrupted())
        return give_up("interrupted");
      if (steady::now() >= deadline)
        return give_up("no answer from " + where.url() + " in time");
      io.restart();
      io.run_one_for(slice);
    }
    return {};
  }

  status give_up(std::string why) {
    stream.reset(); // cancels; the handlers run before the next use
    io.restart();
    io.run();
    return fail(errc::timed_out, std::move(why));
  }

  status open() {
    auto done = false;
    auto problem = error_code{};
    auto found = asio::ip::tcp::resolver::results_type{};
    auto resolver = asio::ip::tcp::resolver{io};
    resolver.async_resolve(where.host, where.port, [&](error_code ec, auto results) {
      done = true;
      problem = ec;
      found = std::move(results);
    });
    if (const auto finished = finish(done); !finished)
      return finished;
    if (problem)
      return unreachable(problem);
    done = false;
    stream.emplace(io);
    stream->async_connect(found, [&](error_code ec, const auto&) {
      done = true;
      problem = ec;
    });
    if (const auto finished = finish(done); !finished)
      return finished;
    if (!problem)
      return {};
    stream.reset();
    return unreachable(problem);
  }

  error unreachable(error_code problem) const {
    return fail(errc::unreachable, "cannot reach " + where.url() + ": " + problem.message());
  }

  http::request<http::string_body> build(const api_request& in) const {
    auto out = http::request<http::string_body>{};
    out.version(11);
    out.method_string(in.method);
    out.target(where.base + in.target);
    out.set(http::field::host, where.authority);
    out.set(http::field::user_agent, "weir/" + std::string{version});
    if (!token.empty())
      out.set(http::field::authorization, "Bearer " + token);
    for (const auto& [name, value] : in.headers)
      out.set(name, value);
    if (!in.content_type.empty())
      out.set(http::field::content_type, in.content_type);
    out.body() = in.body;
    if (!in.content_type.empty() || in.method != "GET")
      out.prepare_payload();
    return out;
  }

  result<api_response> attempt(const http::request<http::string_body>& out, bool& stale) {
    if (!stream)
      if (const auto opened = open(); !opened)
        return opened.error();
    return exchange(out, stale);
  }

  /// Sends and reads one answer. @param stale set when the server had closed
  /// the connection before it could have seen the request.
  result<api_response> exchange(const http::request<http::string_body>& out, bool& stale) {
    auto done = false;
    auto problem = error_code{};
    http::async_write(*stream, out, [&](error_code ec, std::size_t) {
      done = true;
      problem = ec;
    });
    if (const auto finished = finish(done); !finished)
      return finished.error();
    auto parser = http::response_parser<http::string_body>{};
    parser.body_limit(max_answer);
    if (!problem) {
      done = false;
      http::async_read(*stream, buffer, parser, [&](error_code ec, std::size_t) {
        done = true;
        problem = ec;
      });
      if (const auto finished = finish(done); !finished)
        return finished.error();
    }
    if (problem) {
      stale = !parser.got_some();
      close();
      return fail(errc::unreachable, where.url() + " broke the connection: " + problem.message());
    }
    if (!parser.get().keep_alive())
      close();
    return answer_of(parser.release());
  }

  static api_response answer_of(http::response<http::string_body> in) {
    auto out = api_response{};
    out.status = in.result_int();
    const auto wait = parse_count(std::string_view{in[http::field::retry_after]});
    if (wait)
      out.retry_after = std::chrono::seconds{static_cast<std::int64_t>(std::min<std::uint64_t>(*wait, 3'600))};
    out.body = std::move(in.body());
    return out;
  }

  void close() {
    stream.reset();
    buffer.clear();
  }

  endpoint where;
  std::string token;
  std::function<bool()> interrupted;
  asio::io_context io{1};
  std::optional<beast::tcp_stream> stream;
  beast::flat_buffer buffer;
  steady::time_point deadline;
};

api_client::api_client(endpoint where, std::string token, std::function<bool()> interrupted)
    : connection_(std::make_unique<connection>(std::move(where), std::move(token), std::move(interrupted))) {}

api_client::~api_client() = default;

const endpoint& api_client::where() const noexcept {
  return connection_->where;
}

result<api_response> api_client::send(const api_request& request) {
  connection_->deadline = steady::now() + request.timeout;
  const auto out = connection_->build(request);
  const auto keyed = std::any_of(request.headers.begin(), request.headers.end(),
                                 [](const auto& header) { return header.first == "Idempotency-Key"; });
  const auto may_repeat = connection_->stream && (keyed || request.method == "GET");
  auto stale = false;
  auto answer = connection_->attempt(out, stale);
  if (!answer && stale && may_repeat)
    answer = connection_->attempt(out, stale);
  return answer;
}

} // namespace weir::app
