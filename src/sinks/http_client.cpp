#include "sinks/http_client.hpp"

#include "sinks/public_address.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>

namespace weir::sinks {

namespace {

constexpr int longest_poll_ms = 60'000;

struct easy_closer {
  void operator()(CURL* handle) const noexcept {
    curl_easy_cleanup(handle);
  }
};

struct list_closer {
  void operator()(curl_slist* list) const noexcept {
    curl_slist_free_all(list);
  }
};

struct multi_closer {
  void operator()(CURLM* handle) const noexcept {
    curl_multi_cleanup(handle);
  }
};

void start_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
      throw std::runtime_error("libcurl does not start");
  });
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// One request on its way; libcurl points into it, so it stays where it is.
struct exchange {
  http_client::request_id id = 0;
  http_post request;
  http_client::answered done;
  http_reply reply;
  std::size_t most_body = 0;
  bool refused = false; ///< by the guard of addresses
  std::unique_ptr<curl_slist, list_closer> headers;
  std::unique_ptr<CURL, easy_closer> easy;
};

std::size_t take_bytes(char* bytes, std::size_t, std::size_t count, void* to) {
  auto& into = *static_cast<exchange*>(to);
  const auto room = into.most_body - into.reply.body.size();
  into.reply.body.append(bytes, std::min(room, count));
  into.reply.cut = count > room;
  return into.reply.cut ? 0 : count; // less than `count` ends the transfer
}

curl_socket_t open_public_socket(void* from, curlsocktype, curl_sockaddr* address) {
  if (!is_public_address(address->addr)) {
    static_cast<exchange*>(from)->refused = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void append_header(exchange& to, const std::string& line) {
  auto* grown = curl_slist_append(to.headers.get(), line.c_str());
  if (grown == nullptr)
    throw std::bad_alloc{};
  (void)to.headers.release();
  to.headers.reset(grown);
}

void set_up(exchange& one, const http_client::options& opts) {
  auto* easy = one.easy.get();
  for (const auto& [name, value] : one.request.headers)
    append_header(one, std::string{name}.append(": ").append(value));
  // Without this a large body would wait for a "100 Continue" first.
  append_header(one, "Expect:");
  curl_easy_setopt(easy, CURLOPT_URL, one.request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &one);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PROXY, ""); // the guard must see the real address
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); // a stop does not wait for a name server
  curl_easy_setopt(easy, CURLOPT_USERAGENT, opts.user_agent.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, one.headers.get());
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, one.request.body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(one.request.body.size()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(one.request.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(std::min(opts.connect_timeout, one.request.timeout).count()));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_bytes);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &one);
  if (opts.public_only) {
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &open_public_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &one);
  }
}

void note_ending(exchange& one, CURLcode code) {
  auto& reply = one.reply;
  long status = 0;
  curl_easy_getinfo(one.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  reply.status = static_cast<int>(status);
  curl_header* header = nullptr;
  while ((header = curl_easy_nextheader(one.easy.get(), CURLH_HEADER, -1, header)) != nullptr)
    reply.headers.emplace_back(header->name, header->value);
  if (code == CURLE_OK || reply.cut) {
    reply.how = http_reply::ending::answered;
    return;
  }
  reply.how = one.refused                        ? http_reply::ending::forbidden
              : code == CURLE_OPERATION_TIMEDOUT ? http_reply::ending::timed_out
                                                 : http_reply::ending::failed;
  reply.detail = one.refused ? "the address is not a public one" : curl_easy_strerror(code);
}

} // namespace

std::string_view http_reply::header(std::string_view name) const {
  const auto is_it = [name](const auto& one) {
    return std::ranges::equal(one.first, name, [](char a, char b) { return lower(a) == lower(b); });
  };
  const auto found = std::ranges::find_if(headers, is_it);
  return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

class http_client::engine {
public:
  explicit engine(options opts) : opts_(std::move(opts)) {
    start_library();
    multi_.reset(curl_multi_init());
    if (!multi_)
      throw std::runtime_error("libcurl gives no multi handle");
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(opts_.most_idle));
    thread_ = std::thread{[this] { run(); }};
  }

  ~engine() {
    stop();
  }

  request_id post(http_post request, answered done) {
    auto one = std::make_unique<exchange>();
    one->request = std::move(request);
    one->done = std::move(done);
    one->most_body = opts_.most_body;
    one->easy.reset(curl_easy_init());
    if (!one->easy)
      throw std::bad_alloc{};
    set_up(*one, opts_);
    std::lock_guard guard{mutex_};
    const auto id = one->id = ++last_id_;
    if (!stopping_)
      fresh_.push_back(std::move(one));
    curl_multi_wakeup(multi_.get());
    return id;
  }

  void cancel(request_id which) {
    std::lock_guard guard{mutex_};
    if (stopping_)
      return;
    cancelled_.push_back(which);
    curl_multi_wakeup(multi_.get());
  }

  void stop() {
    {
      std::lock_guard guard{mutex_};
      stopping_ = true;
      curl_multi_wakeup(multi_.get());
    }
    std::lock_guard joining{join_mutex_};
    if (thread_.joinable())
      thread_.join();
  }

private:
  void run() {
    while (take_orders()) {
      int busy = 0;
      curl_multi_perform(multi_.get(), &busy);
      report_ended();
      curl_multi_poll(multi_.get(), nullptr, 0, longest_poll_ms, nullptr);
    }
    for (auto& [easy, one] : running_)
      curl_multi_remove_handle(multi_.get(), easy);
    running_.clear();
  }

  /// @returns false when it is time to stop.
  bool take_orders() {
    std::vector<std::unique_ptr<exchange>> fresh;
    std::vector<request_id> cancelled;
    bool stopping = false;
    {
      std::lock_guard guard{mutex_};
      fresh.swap(fresh_);
      cancelled.swap(cancelled_);
      stopping = stopping_;
    }
    for (auto& one : fresh) {
      auto* easy = one->easy.get();
      running_.emplace(easy, std::move(one));
      curl_multi_add_handle(multi_.get(), easy);
    }
    for (const auto which : cancelled) {
      const auto found = std::find_if(running_.begin(), running_.end(),
                                      [which](const auto& entry) { return entry.second->id == which; });
      if (found != running_.end()) {
        curl_multi_remove_handle(multi_.get(), found->first);
        running_.erase(found);
      }
    }
    return !stopping;
  }

  void report_ended() {
    int left = 0;
    while (const auto* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE)
        continue;
      auto* const easy = message->easy_handle;
      const auto code = message->data.result; // gone once the handle is removed
      const auto found = running_.find(easy);
      auto one = std::move(found->second);
      running_.erase(found);
      note_ending(*one, code);
      curl_multi_remove_handle(multi_.get(), easy);
      one->done(std::move(one->reply));
    }
  }

  const options opts_;
  std::unique_ptr<CURLM, multi_closer> multi_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<exchange>> fresh_;
  std::vector<request_id> cancelled_;
  request_id last_id_ = 0;
  bool stopping_ = false;
  std::mutex join_mutex_;
  std::map<CURL*, std::unique_ptr<exchange>> running_; ///< of the thread
  std::thread thread_;                                 ///< last: uses all of the above
};

http_client::http_client(options opts) : engine_(std::make_unique<engine>(std::move(opts))) {}

http_client::~http_client() = default;

http_client::request_id http_client::post(http_post request, answered done) {
  return engine_->post(std::move(request), std::move(done));
}

void http_client::cancel(request_id which) {
  engine_->cancel(which);
}

void http_client::stop() {
  engine_->stop();
}

} // namespace weir::sinks
