#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::sinks {

/// One POST.
struct http_post {
  std::string url;                                          ///< http or https
  std::vector<std::pair<std::string, std::string>> headers; ///< values without control characters
  std::string body;
  std::chrono::milliseconds timeout{30'000}; ///< for all of it, from the connection to the last byte
};

/// What became of it.
struct http_reply {
  enum class ending : std::uint8_t {
    answered,  ///< there is a status
    timed_out, ///< not within `http_post::timeout`
    failed,    ///< no connection, or it broke
    forbidden, ///< the address is not public, see `http_client::options`
  };
  ending how = ending::failed;
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers; ///< of the answer
  std::string body;
  bool cut = false;   ///< the body was longer than the limit; `body` has its beginning
  std::string detail; ///< other endings: one sentence

  /// The value of a header, whatever the case of its name; "" when missing.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// Sends requests to other servers: many at once, on one thread, over
/// connections that are kept. No redirects, no proxies, no cookies, nothing
/// but http and https. The only user of libcurl. Any thread.
class http_client {
public:
  struct options {
    std::size_t most_body = std::size_t{64} << 10; ///< of an answer, in bytes
    std::size_t most_idle = 64;                    ///< connections that are kept
    std::chrono::milliseconds connect_timeout{5'000};
    /// Refuses addresses that `is_public_address` does not know as public. It
    /// sees the address that is connected to, so no name can get around it. Off
    /// for handlers, which mostly run on loopback.
    bool public_only = false;
    std::string user_agent = "weir";
  };
  using answered = std::function<void(http_reply)>;
  using request_id = std::uint64_t;

  explicit http_client(options opts);
  ~http_client();
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  /// Starts a request and does not wait.
  /// @param done called once on the thread of this client, which it must not
  ///   block; not called after `cancel`, nor when the client stops first.
  request_id post(http_post request, answered done);

  /// Ends a request; when its answer is there already, `done` may still be running.
  void cancel(request_id which);

  /// Ends the thread, and all requests without an answer. `done` does not run
  /// any more afterwards. Idempotent; not from within a `done`.
  void stop();

private:
  class engine;
  std::unique_ptr<engine> engine_;
};

} // namespace weir::sinks
