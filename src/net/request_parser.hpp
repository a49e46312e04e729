#pragma once

#include "net/request_checks.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace weir::net {

/// Reads one request: our checks around the Beast parser. Only for the files
/// that include Beast anyway.
class request_parser {
public:
  using engine = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using error_code = boost::beast::error_code;

  /// @param head all bytes from the request line to the empty line.
  [[nodiscard]] status parse(std::string_view head, const http_limits& limits, http_request& out) {
    if (auto ok = check_head(head, limits); !ok)
      return ok;
    engine_.emplace();
    engine_->header_limit(static_cast<std::uint32_t>(limits.header_bytes) + 1);
    engine_->body_limit(boost::none); // judged once the route is known
    error_code ec;
    engine_->put(boost::asio::buffer(head.data(), head.size()), ec);
    if (ec || !engine_->is_header_done())
      return fail(errc::bad_request, ec ? ec.message() : std::string{"the head is incomplete"});
    fill(out);
    return validate_request(out);
  }

  /// Whether nothing follows the head.
  [[nodiscard]] bool is_done() const {
    return engine_->is_done();
  }
  [[nodiscard]] bool keep_alive() const {
    return engine_->keep_alive();
  }

  /// @returns false when a longer body is announced.
  [[nodiscard]] bool expect_body(std::size_t limit) {
    auto announced = engine_->content_length();
    if (announced && *announced > limit)
      return false;
    engine_->body_limit(limit);
    engine_->on_chunk_header(on_chunk_);
    return true;
  }

  /// For reading the body, until `is_done`.
  [[nodiscard]] engine& body_reader() {
    return *engine_;
  }
  [[nodiscard]] std::string take_body() {
    return std::move(engine_->get().body());
  }

private:
  void fill(http_request& out) const {
    const auto& parsed = engine_->get();
    out.method = std::string{parsed.method_string()};
    out.target = std::string{parsed.target()};
    out.version = parsed.version();
    for (const auto& field : parsed) {
      auto name = field.name_string();
      out.headers.push_back({lower({name.data(), name.size()}), std::string{field.value()}});
    }
  }

  std::optional<engine> engine_;
  // The engine keeps a reference to it.
  std::function<void(std::uint64_t, boost::beast::string_view, error_code&)> on_chunk_ =
      [](std::uint64_t, boost::beast::string_view extensions, error_code& ec) {
        if (extensions.size() > max_chunk_extension)
          ec = boost::beast::http::error::bad_chunk_extension;
      };
};

} // namespace weir::net
