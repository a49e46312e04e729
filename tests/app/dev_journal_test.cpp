#define CAF_SUITE app.dev_journal
#include "app/dev_journal.hpp"

#include "support/weir_test.hpp"

#include <algorithm>
#include <sstream>
#include <string>

using namespace weir;
using namespace weir::app;

namespace {

stream_entry entry(sequence seq, entry_kind kind) {
  stream_entry out;
  out.seq = seq;
  out.kind = kind;
  out.body = std::make_shared<accepted_event>();
  return out;
}

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

} // namespace

CAF_TEST(nothing is printed before the journal begins and all of it afterwards) {
  std::ostringstream out;
  {
    dev_journal journal{out};
    journal.accepted({});
    CAF_CHECK_EQUAL(out.str(), "");
    journal.begin();
  }
  CAF_CHECK_EQUAL(lines_of(out.str()), 1u);
}

CAF_TEST(emitted entries are counted with their cause) {
  std::ostringstream out;
  {
    dev_journal journal{out};
    journal.committed("j", {entry(1, entry_kind::event), entry(2, entry_kind::emitted), entry(3, entry_kind::emitted),
                            entry(4, entry_kind::event)});
    journal.begin();
  }
  CAF_CHECK_EQUAL(lines_of(out.str()), 2u);
  CAF_CHECK(out.str().find("j#1") != std::string::npos);
  CAF_CHECK(out.str().find("j#4") != std::string::npos);
}

CAF_TEST(what a slow terminal cannot take is counted) {
  std::ostringstream out;
  {
    dev_journal journal{out, 2};
    for (int n = 0; n < 7; ++n)
      journal.accepted({});
    journal.begin();
  }
  CAF_CHECK_EQUAL(lines_of(out.str()), 3u);
  CAF_CHECK(out.str().find("5 more lines left out") != std::string::npos);
}

CAF_TEST(a journal that never began ends) {
  std::ostringstream out;
  dev_journal journal{out};
  journal.accepted({});
  CAF_CHECK_EQUAL(out.str(), "");
}
