#include "domain/handler_runner.hpp"

#include <utility>

namespace weir {

handler_answer run_here(const handler_call& call, std::stop_token stop) {
  handler_answer answer;
  context ctx(call.body->body, call.handler, call.body->accepted_at, call.seq, call.attempt, call.state,
              std::move(stop));
  answer.said = call.instance->handle(call.body->body, ctx);
  if (answer.said.what == outcome::kind::ok)
    answer.wanted = ctx.take();
  return answer;
}

} // namespace weir
