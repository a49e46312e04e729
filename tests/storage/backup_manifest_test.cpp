#define CAF_SUITE storage.backup_manifest
#include "storage/backup_manifest.hpp"

#include "storage_samples.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::storage;
using namespace weir::storage::samples;

namespace {

backup_manifest sample() {
  backup_manifest one;
  one.complete = true;
  one.store_id = {1, 2, 255};
  one.incarnation = {3, 4};
  one.floor = 128;
  one.head = ~std::uint64_t{0} - 7;
  one.last_group = 12;
  one.log_records = 40;
  one.taken_at = at(5);
  one.program = "0.1.0";
  one.files = {{"log/1-2.log", "log/1.log", 77, ~std::uint64_t{0}}, {"base-9/CURRENT", "base-9/CURRENT", 16, 1}};
  return one;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto found = text.find(what);
  CAF_REQUIRE(found != std::string::npos);
  return text.replace(found, what.size(), with);
}

} // namespace

CAF_TEST(a manifest comes back as it was written) {
  const auto read = decode_manifest(encode_manifest(sample()));
  CAF_REQUIRE(read);
  CAF_CHECK_EQUAL(encode_manifest(*read), encode_manifest(sample()));
  CAF_CHECK_EQUAL(read->head, sample().head);
  CAF_CHECK_EQUAL(read->files[0].hash, ~std::uint64_t{0});
  CAF_CHECK_EQUAL(read->bytes(), 93u);
  CAF_CHECK(read->taken_at == at(5));
}

CAF_TEST(no byte of a manifest can change unseen) {
  const auto whole = encode_manifest(sample());
  for (std::size_t i = 0; i + 1 < whole.size(); ++i) {
    auto text = whole;
    text[i] = static_cast<char>(text[i] ^ 0x01);
    const auto read = decode_manifest(text);
    CAF_CHECK(!read || encode_manifest(*read) == whole); // a space that became another one
    CAF_CHECK(!decode_manifest(whole.substr(0, i)));
  }
}

CAF_TEST(a newer format is refused as such) {
  const auto read = decode_manifest(replaced(encode_manifest(sample()), "\"format\": 1", "\"format\": 2"));
  CAF_REQUIRE(!read);
  CAF_CHECK(read.error().code == errc::unsupported);
}

CAF_TEST(a manifest that names a file outside of the backup is refused) {
  for (const auto* path : {"../log/x", "/etc/passwd", "log/../../x", "log", "log/", "log/..", "view/x", "base-1/a/b"}) {
    auto one = sample();
    one.files[0].path = path;
    CAF_CHECK(!decode_manifest(encode_manifest(one)));
    one = sample();
    one.files[0].original = path;
    CAF_CHECK(!decode_manifest(encode_manifest(one)));
  }
}

CAF_TEST(a directory without a manifest has none) {
  const scratch_directory folder;
  const auto none = read_manifest(folder.path());
  CAF_REQUIRE(none);
  CAF_CHECK(!*none);
  CAF_REQUIRE(write_manifest(folder.path(), sample()));
  CAF_CHECK(read_manifest(folder.path())->has_value());
}
