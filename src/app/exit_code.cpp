#include "app/exit_code.hpp"

namespace weir::app {

int exit_code_of(errc code) noexcept {
  switch (code) {
  case errc::unreachable:
    return to_int(exit_code::unreachable);
  case errc::bad_config:
    return to_int(exit_code::bad_config);
  case errc::timed_out:
    return to_int(exit_code::retry_later);
  default:
    return exit_code_of_status(static_cast<unsigned>(problem_of(code).http_status));
  }
}

int exit_code_of_status(unsigned status) noexcept {
  switch (status) {
  case 401:
  case 403:
    return to_int(exit_code::unauthorised);
  case 404:
  case 410:
    return to_int(exit_code::not_found);
  case 408:
  case 429:
  case 503:
  case 507:
    return to_int(exit_code::retry_later);
  default:
    return to_int(status >= 400 && status < 500 ? exit_code::refused : exit_code::failed);
  }
}

} // namespace weir::app
