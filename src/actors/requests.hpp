#pragma once

#include "actors/reply_once.hpp"
#include "domain/event.hpp"
#include "domain/result.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

// What comes in from outside and what is answered; messages carry it by pointer.
namespace weir::actors {

/// Events of one request on their way in.
struct submission {
  std::vector<event> events;
  std::string caller;
  std::string idempotency_key;
  std::string fingerprint;
  std::chrono::milliseconds wait{0};
  std::string replay_of; ///< the dead letter that enters again, or ""
};

struct refusal {
  error why;
  std::chrono::milliseconds retry_after{0};
};

struct submitted_item {
  std::string id;
  job_id job;
  sequence seq = 0;
  std::string status;
  std::optional<refusal> refused = {}; ///< with status "rejected": its job is full
};

struct submission_answer {
  std::vector<submitted_item> items;
  bool replayed = false;
  bool waited = false;
};

using submit_reply = reply_once<submission_answer, refusal>;

struct question {
  std::string verb;
  std::map<std::string, std::string> parameters;
  std::string body;
  std::string who;
};

struct answer {
  int status = 200;
  std::string body;
  std::string next;
  std::string created = {}; ///< id of what the question made, or ""
};

using ask_reply = reply_once<answer, error>;

} // namespace weir::actors
