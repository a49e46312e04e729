#include "storage/view_keys.hpp"

namespace weir::storage::keys {

namespace {

constexpr std::size_t number_bytes = 8;
constexpr std::string_view end_of_part{"\0\1", 2};

void add_part(std::string& key, std::string_view part) {
  for (const auto c : part) {
    key.push_back(c);
    if (c == '\0')
      key.push_back('\xFF');
  }
  key.append(end_of_part);
}

void add_number(std::string& key, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8)
    key.push_back(static_cast<char>((number >> shift) & 0xFF));
}

std::uint64_t read_number(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const auto c : bytes)
    number = number << 8 | static_cast<std::uint8_t>(c);
  return number;
}

/// Times before 1970 sort in front of those behind it.
void add_time(std::string& key, timestamp at) {
  constexpr auto sign = std::uint64_t{1} << 63;
  add_number(key, static_cast<std::uint64_t>(at.time_since_epoch().count()) ^ sign);
}

timestamp read_time(std::string_view bytes) {
  constexpr auto sign = std::uint64_t{1} << 63;
  return timestamp{std::chrono::microseconds{static_cast<std::int64_t>(read_number(bytes) ^ sign)}};
}

/// Takes a part off the front of the rest of a key.
std::optional<std::string> take_part(std::string_view& rest) {
  std::string part;
  for (std::size_t i = 0; i + 1 < rest.size(); ++i) {
    if (rest.substr(i, end_of_part.size()) == end_of_part) {
      rest.remove_prefix(i + end_of_part.size());
      return part;
    }
    part.push_back(rest[i]);
    if (rest[i] == '\0')
      ++i; // the escape's second byte
  }
  return std::nullopt;
}

std::string part_key(char letter, std::string_view part) {
  std::string key(1, letter);
  key.reserve(part.size() + 16);
  add_part(key, part);
  return key;
}

std::string plain_key(char letter, std::string_view rest) {
  std::string key(1, letter);
  key.append(rest);
  return key;
}

} // namespace

std::string job(std::string_view job) {
  return plain_key('j', job);
}

std::string states_of(std::string_view job) {
  return part_key('S', job);
}

std::string state(std::string_view job, std::string_view handler) {
  auto key = part_key('S', job);
  key.append(handler);
  return key;
}

std::string stream_of(std::string_view job) {
  return part_key('s', job);
}

std::string stream(std::string_view job, sequence seq) {
  auto key = part_key('s', job);
  add_number(key, seq);
  return key;
}

std::string pending_of(std::string_view job) {
  return part_key('p', job);
}

std::string pending(std::string_view job, log_position position) {
  auto key = part_key('p', job);
  add_number(key, position);
  return key;
}

std::string behind_pending_of(std::string_view job) {
  auto key = part_key('p', job);
  key.back() = '\2';
  return key;
}

std::string events_of(std::string_view id) {
  return part_key('e', id);
}

std::string event(std::string_view id, std::string_view source) {
  auto key = part_key('e', id);
  key.append(source);
  return key;
}

std::string records_of(std::string_view collection) {
  return part_key('r', collection);
}

std::string record(std::string_view collection, std::string_view key_text) {
  auto key = part_key('r', collection);
  key.append(key_text);
  return key;
}

std::string letter(std::string_view id) {
  return plain_key('d', id);
}

std::string open_letter(std::string_view id) {
  return plain_key('o', id);
}

std::string answer(std::string_view key) {
  return plain_key('i', key);
}

std::string answer_time(timestamp at, std::string_view key_text) {
  std::string key(1, 't');
  add_number(key, static_cast<std::uint64_t>(at.time_since_epoch().count()));
  key.append(key_text);
  return key;
}

std::string outbox_of(std::string_view sink) {
  return part_key('x', sink);
}

std::string outbox(const outbox_key& row) {
  auto key = part_key('x', row.sink);
  add_part(key, row.job);
  add_number(key, row.seq);
  add_number(key, row.nr);
  return key;
}

std::string outbox_ages_of(std::string_view sink) {
  return part_key('a', sink);
}

std::string outbox_age(const outbox_key& row, timestamp at) {
  auto key = part_key('a', row.sink);
  add_time(key, at);
  add_part(key, row.job);
  add_number(key, row.seq);
  add_number(key, row.nr);
  return key;
}

std::string sink(std::string_view sink) {
  return plain_key('c', sink);
}

std::string timer(timestamp due, std::string_view id) {
  std::string key(1, 'w');
  add_time(key, due);
  key.append(id);
  return key;
}

std::optional<outbox_key> split_outbox(std::string_view key) {
  if (key.empty())
    return std::nullopt;
  auto rest = key.substr(1);
  auto sink = take_part(rest);
  auto job = sink ? take_part(rest) : std::nullopt;
  if (!job || rest.size() != 2 * number_bytes)
    return std::nullopt;
  return outbox_key{*std::move(sink), *std::move(job), read_number(rest.substr(0, number_bytes)),
                    read_number(rest.substr(number_bytes))};
}

std::optional<timestamp> split_outbox_age(std::string_view key, std::string_view sink) {
  const auto before = outbox_ages_of(sink).size();
  if (key.size() < before + number_bytes)
    return std::nullopt;
  return read_time(key.substr(before, number_bytes));
}

std::optional<timestamp> split_timer(std::string_view key) {
  if (key.size() < 1 + number_bytes)
    return std::nullopt;
  return read_time(key.substr(1, number_bytes));
}

std::string readable(std::string_view key) {
  const auto letter = key.substr(0, 1);
  if (const auto row = letter == all_outbox ? split_outbox(key) : std::nullopt)
    return "row " + row->sink + '/' + row->job + '/' + std::to_string(row->seq) + '/' + std::to_string(row->nr);
  if (letter == all_timers && key.size() > number_bytes)
    return "timer " + std::string{key.substr(1 + number_bytes)};
  std::string text = letter == all_states ? "state " : letter == all_records ? "record " : "";
  for (std::size_t i = 1; i < key.size(); ++i) {
    const auto two = key.substr(i, end_of_part.size());
    if (two == end_of_part)
      text += '/';
    else
      text += key[i];
    if (key[i] == '\0')
      ++i;
  }
  return text;
}

bool is_listed(std::string_view key) {
  constexpr std::string_view kinds = "pSse";
  return !key.empty() && kinds.find(key.front()) != std::string_view::npos;
}

std::string_view list_of(std::string_view key) {
  // A part has no such bytes within.
  const auto end = key.find(end_of_part);
  return end == std::string_view::npos ? key : key.substr(0, end + end_of_part.size());
}

bool is_list(std::string_view prefix) {
  return is_listed(prefix) && prefix.ends_with(end_of_part) && list_of(prefix).size() == prefix.size();
}

bool is_looked_up(std::string_view key) {
  constexpr std::string_view kinds = "jpedixcw";
  return !key.empty() && kinds.find(key.front()) != std::string_view::npos;
}

std::string after(std::string key) {
  key.push_back('\0');
  return key;
}

std::optional<job_id> job_of_state(std::string_view key) {
  if (key.empty())
    return std::nullopt;
  auto rest = key.substr(1);
  return take_part(rest);
}

std::optional<job_number> split(std::string_view key) {
  if (key.size() < 1 + end_of_part.size() + number_bytes)
    return std::nullopt;
  const auto number = read_number(key.substr(key.size() - number_bytes));
  auto part = key.substr(1, key.size() - 1 - number_bytes);
  if (!part.ends_with(end_of_part))
    return std::nullopt;
  part.remove_suffix(end_of_part.size());
  job_number found{{}, number};
  for (std::size_t i = 0; i < part.size(); ++i) {
    found.job.push_back(part[i]);
    if (part[i] == '\0')
      ++i; // the escape's second byte
  }
  return found;
}

std::optional<std::pair<timestamp, std::string>> split_answer_time(std::string_view key) {
  if (key.size() < 1 + number_bytes)
    return std::nullopt;
  const auto micros = static_cast<std::int64_t>(read_number(key.substr(1, number_bytes)));
  return std::pair{timestamp{std::chrono::microseconds{micros}}, std::string{key.substr(1 + number_bytes)}};
}

} // namespace weir::storage::keys
