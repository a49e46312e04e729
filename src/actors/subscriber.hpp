#pragma once

#include "actors/node_services.hpp"
#include "domain/subscription.hpp"

#include <caf/stateful_actor.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace weir::actors {

struct subscriber_state {
  static inline const char* name = "subscriber";

  explicit subscriber_state(subscriber_actor::pointer actor) : self(actor) {
    // nop
  }

  ~subscriber_state();

  void subscribe(client_subscribe& msg);
  void unsubscribe(const client_unsubscribe& msg);
  void acknowledge(const client_acknowledge& msg);
  void writable();
  void leave() const;
  void joined(const job_joined& msg);
  void take_page(stream_read& msg);
  void take_live(const live_frames& msg);
  void lost_one(const caf::down_msg& msg);

  subscriber_actor::pointer self;
  services_ptr services;
  std::shared_ptr<client_outlet> outlet;
  card_ptr card;

private:
  struct stream {
    explicit stream(subscription_request request) : join(std::move(request)) {
      // nop
    }
    subscription join;
    bool started = false; ///< its bounds are known and `subscribed` was sent
    std::uint64_t cookie = 0;
    sequence heard = 0; ///< newest live number before it started
  };

  /// Sends to the client. @returns false when its buffer is full.
  void push(std::vector<client_message> out);
  void ask_for_page(std::uint32_t sub, stream& what);
  void begin(stream& what, const stream_read& bounds);
  void drop(std::map<std::uint32_t, stream>::iterator which);
  void count_resume(const subscribed& what);
  /// The connection ends with an actor that owes it an answer.
  template <class Handle>
  void depend_on(const Handle& who);

  std::map<std::uint32_t, stream> streams_;
  std::set<caf::actor_addr> depends_on_;
  std::uint64_t cookie_ = 0;
  bool blocked_ = false;
};

/// A SUBSCRIBER serves one connection: it joins history and live feed of each
/// subscription without a hole and stops when the client does not read.
///
/// Data path    actors/broadcaster -> actors/subscriber -> net/websocket_session
/// Owns         the subscriptions of one client.
/// Supervisor   actors/node_supervisor: not restarted; the client reconnects.
/// On start     no subscription.
/// Quits on     the end of the connection, an exception, and when the node stops.
/// Never        holds frames for a client that does not read: they are in the store.
subscriber_actor::behavior_type subscriber(subscriber_actor::stateful_pointer<subscriber_state> self,
                                           services_ptr services, std::shared_ptr<client_outlet> outlet, card_ptr card);

} // namespace weir::actors
