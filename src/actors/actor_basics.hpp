#pragma once

#include "telemetry/log.hpp"

#include <caf/all.hpp>

#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

namespace weir::actors {

/// The text of an exception that ended an actor.
[[nodiscard]] inline std::string text_of(const std::exception_ptr& what) {
  try {
    std::rethrow_exception(what);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "an exception that is not a std::exception";
  }
}

/// CAF's defaults print to stdout and quit on foreign errors. Every actor
/// calls this first: an exception ends the actor, quietly, with an error that
/// its supervisor sees; foreign messages are dropped and logged.
/// @param tells_crashes false where the supervisor logs each of them with more.
template <class Self>
void use_house_rules(Self* self, bool tells_crashes = true) {
  self->set_exception_handler(
      [name = std::string{self->name()}, tells_crashes](caf::scheduled_actor*, std::exception_ptr& what) {
        if (tells_crashes)
          log::warn("actor.crash", {{log::key::actor, name}, {log::key::error, text_of(what)}});
        return caf::make_error(caf::sec::runtime_error, text_of(what));
      });
  self->set_default_handler([](caf::scheduled_actor* me, caf::message_view&) -> caf::result<caf::message> {
    log::warn("actor.unexpected_message", {{log::key::actor, std::string{me->name()}}});
    return caf::sec::unexpected_message;
  });
  self->set_down_handler([](caf::scheduled_actor*, caf::down_msg&) {
    // nop
  });
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {
    // nop
  });
}

/// Calls `then` with the reason when the actor fails; not when somebody ends it.
template <class Self, class Function>
void when_it_fails(Self* self, Function then) {
  self->attach_functor([then = std::move(then)](const caf::error& why) {
    if (why && why != caf::exit_reason::user_shutdown && why != caf::exit_reason::kill)
      then(why);
  });
}

/// Answers whoever asked. Typed actors may only send to typed handles, and an
/// answer goes to any kind of actor that asked.
template <class Message>
void answer_to(const caf::strong_actor_ptr& who, Message&& what) {
  if (who)
    caf::anon_send(caf::actor_cast<caf::actor>(who), std::forward<Message>(what));
}

/// Ends an actor as soon as it has handled what is in front in its mailbox.
template <class Handle>
void send_exit_to(const Handle& who, caf::exit_reason reason) {
  if (who)
    caf::anon_send_exit(who, reason);
}

} // namespace weir::actors
