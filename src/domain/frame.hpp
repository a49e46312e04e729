#pragma once

#include "domain/stream.hpp"

#include <memory>
#include <string>

namespace weir {

/// One committed stream entry as clients get it, written once and shared by
/// all receivers. `body` is the inside of a JSON object without the braces:
///   "seq":1041,"id":"..","type":"..","time":"..","data":{..}
/// and, as they apply, "source", "sourceSeq", "metadata", "data_base64",
/// "datacontenttype", "causationId", "replayed":true,
/// "dead":{"code":"..","detail":"..","attempts":5},
/// "gap":{"source":"..","from":5,"to":7} (type "weir.gap").
struct frame {
  sequence seq = 0;
  std::string type; ///< for filters and the SSE event name
  std::string body;
  bool has_breaks = true; ///< `body` may hold line breaks, between the values of its JSON
};

using frame_ptr = std::shared_ptr<const frame>;

/// Encodes an entry; payload bytes are copied as they are.
[[nodiscard]] frame_ptr encode_frame(const stream_entry& entry);

/// Appends `text` as a JSON string with quotes; input must be valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

} // namespace weir
