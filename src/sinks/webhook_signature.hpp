#pragma once

#include "domain/result.hpp"
#include "domain/time.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

/// Signatures of Standard Webhooks 1.0, symmetric (v1).
namespace weir::sinks {

/// A secret as bytes; never printed.
using webhook_key = std::string;

/// Reads "whsec_" + base64 of 24 to 64 bytes.
/// @returns `bad_config`; the detail never repeats the secret.
[[nodiscard]] result<webhook_key> parse_webhook_secret(std::string_view text);

/// The three headers of one delivery.
struct webhook_headers {
  std::string id;        ///< webhook-id: the same for every attempt, without dots
  std::string timestamp; ///< webhook-timestamp: seconds since 1970
  std::string signature; ///< webhook-signature: "v1,<base64>", one a key, separated by spaces
};

/// Signs `body`; during the change of a secret with the new key and the old one.
/// @param keys not empty.
[[nodiscard]] webhook_headers sign_webhook(const std::vector<webhook_key>& keys, std::string id, timestamp at,
                                           std::string_view body);

/// Whether one of the signatures is right for one of the keys and the
/// timestamp lies within `tolerance` of `now`. Takes the same time wherever
/// signatures differ.
/// @returns `unauthenticated` with what is wrong.
[[nodiscard]] status verify_webhook(const std::vector<webhook_key>& keys, const webhook_headers& headers,
                                    std::string_view body, timestamp now,
                                    std::chrono::seconds tolerance = std::chrono::minutes{5});

} // namespace weir::sinks
