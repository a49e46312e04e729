#pragma once

namespace weir {

/// Which threads of the process run first when not all can. On Linux for the
/// calling thread alone; where it is not allowed everything works as well.
void come_first(); ///< for whom all others wait (docs/decisions/0060)
void stand_back(); ///< for whoever does much at once, and may take long

} // namespace weir
