#include "storage/patient_files.hpp"

#include "storage/posix_file.hpp"

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string_view>
#include <system_error>
#include <utility>

namespace weir::storage {

namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

constexpr std::chrono::milliseconds between_attempts{100};

IOStatus status_of(const error& why) {
  return why.code == errc::disk_full ? IOStatus::NoSpace(why.detail) : IOStatus::IOError(why.detail);
}

IOStatus status_of(const status& done) {
  return done ? IOStatus::OK() : status_of(done.error());
}

} // namespace

/// Files wait here; nobody can tell them that there is room, but that it ends.
struct patient_files::patience {
  std::mutex mutex;
  std::condition_variable ended;
  bool is_over = false;

  /// @returns whether another attempt makes sense.
  bool wait() {
    auto lock = std::unique_lock{mutex};
    return !ended.wait_for(lock, between_attempts, [this] { return is_over; });
  }
};

namespace {

class patient_file final : public rocksdb::FSWritableFile {
public:
  patient_file(posix_file file, std::shared_ptr<patient_files::patience> patience)
      : file_(std::move(file)), patience_(std::move(patience)) {
    // nop
  }

  using rocksdb::FSWritableFile::Append;

  IOStatus Append(const rocksdb::Slice& bytes, const IOOptions& /*opts*/, IODebugContext* /*context*/) override {
    // At an offset: what a first attempt brought in part is written again.
    auto done = write(bytes.ToStringView());
    while (!done && done.error().code == errc::disk_full && patience_->wait())
      done = write(bytes.ToStringView());
    if (!done)
      return status_of(done.error());
    size_ += bytes.size();
    return IOStatus::OK();
  }

  IOStatus Flush(const IOOptions& /*opts*/, IODebugContext* /*context*/) override {
    return IOStatus::OK();
  }

  IOStatus Sync(const IOOptions& /*opts*/, IODebugContext* /*context*/) override {
    return status_of(file_.sync());
  }

  IOStatus Close(const IOOptions& /*opts*/, IODebugContext* /*context*/) override {
    file_ = {};
    return IOStatus::OK();
  }

  uint64_t GetFileSize(const IOOptions& /*opts*/, IODebugContext* /*context*/) override {
    return size_;
  }

private:
  /// A sync that fails cannot be repeated, and file systems may put off finding
  /// blocks until then: they are allocated first.
  [[nodiscard]] status write(std::string_view bytes) const {
    if (auto allocated = bytes.empty() ? status{} : file_.allocate(size_, bytes.size()); !allocated)
      return allocated;
    return file_.write(size_, bytes);
  }

  posix_file file_;
  std::shared_ptr<patient_files::patience> patience_;
  std::uint64_t size_ = 0;
};

} // namespace

patient_files::patient_files(const std::shared_ptr<rocksdb::FileSystem>& base)
    : FileSystemWrapper(base), patience_(std::make_shared<patience>()) {
  // nop
}

void patient_files::stop_waiting() {
  const std::scoped_lock lock{patience_->mutex};
  patience_->is_over = true;
  patience_->ended.notify_all();
}

const char* patient_files::Name() const {
  return "weir.patient_files";
}

IOStatus patient_files::NewWritableFile(const std::string& path, const rocksdb::FileOptions& /*opts*/,
                                        std::unique_ptr<rocksdb::FSWritableFile>* out, IODebugContext* /*context*/) {
  // A file of that name is what a crash left; it begins anew.
  std::error_code code;
  std::filesystem::remove(path, code);
  if (code)
    return status_of(file_error("remove", path, code));
  auto file = posix_file::open(path, posix_file::access::create);
  if (!file)
    return status_of(file.error());
  *out = std::make_unique<patient_file>(*std::move(file), patience_);
  return IOStatus::OK();
}

} // namespace weir::storage
