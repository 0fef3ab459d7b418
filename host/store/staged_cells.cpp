// SPDX-License-Identifier: Apache-2.0
// The staging file never has a name: whatever happens to the process, nothing is left behind.
#include "host/store/staged_cells.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host/store/cell_codec.hpp"
#include "host/store/disk_errors.hpp"
#include "host/store/failure.hpp"
#include "host/store/row_commit.hpp"

namespace tento::host {

namespace {

struct Head {
  tento_semantic_time date;
  tento_semantic_time end_date;
  std::int64_t start_us;
  std::int64_t end_us;
  std::uint32_t id_size;
  std::uint32_t data_size;
  std::uint32_t version_size;
  std::uint32_t raw_size;
  std::uint64_t tombstone;
};

std::size_t record_size(const CellInput& cell) {
  return sizeof(Head) + cell.id.size() + cell.data.size() + cell.version.size() + cell.raw.size();
}

int unnamed_file(const std::string& folder) {
  const int direct = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (direct >= 0) return direct;
  // Not every file system has O_TMPFILE.
  std::string name = folder + "/staging-XXXXXX";
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named < 0) throw StoreFailure(file_error(errno, "make a staging file", folder));
  ::unlink(name.c_str());
  return named;
}

void write_all(int file, std::string_view bytes, const std::string& folder) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(file, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) throw StoreFailure(file_error(errno, "stage cells", folder));
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

void read_all(int file, std::string& out, std::uint64_t offset, const std::string& folder) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = ::pread(file, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw StoreFailure(file_error(got < 0 ? errno : EIO, "read staged cells back", folder));
    done += static_cast<std::size_t>(got);
  }
}

// The cells of a part, as views into it.
void decode_part(std::string_view part, std::vector<CellInput>& cells) {
  cells.clear();
  while (!part.empty()) {
    Head head;
    std::memcpy(&head, part.data(), sizeof head);
    part.remove_prefix(sizeof head);
    const auto take = [&part](std::size_t size) {
      const auto bytes = part.substr(0, size);
      part.remove_prefix(size);
      return bytes;
    };
    CellInput cell;
    cell.date = head.date;
    cell.end_date = head.end_date;
    cell.start_us = head.start_us;
    cell.end_us = head.end_us;
    cell.id = take(head.id_size);
    cell.data = take(head.data_size);
    cell.version = take(head.version_size);
    cell.raw = take(head.raw_size);
    cell.tombstone = head.tombstone != 0;
    cells.push_back(cell);
  }
}

}  // namespace

StagedCells::~StagedCells() {
  if (file_ >= 0) ::close(file_);
}

Result<void> StagedCells::put(std::span<const CellInput> cells) {
  return guarded([&] {
    for (const auto& cell : cells) check_cell(cell);
    // Growing step by step would copy what is there again and again.
    std::size_t size = part_.size();
    for (const auto& cell : cells) size += record_size(cell);
    part_.reserve(std::min(size, part_bytes));
    for (const auto& cell : cells) append(cell);
  });
}

void StagedCells::append(const CellInput& cell) {
  const auto size = record_size(cell);
  if (!part_.empty() && part_.size() + size > part_bytes) spill();
  Head head{};
  head.date = cell.date;
  head.end_date = cell.end_date;
  head.start_us = cell.start_us;
  head.end_us = cell.end_us;
  head.id_size = static_cast<std::uint32_t>(cell.id.size());
  head.data_size = static_cast<std::uint32_t>(cell.data.size());
  head.version_size = static_cast<std::uint32_t>(cell.version.size());
  head.raw_size = static_cast<std::uint32_t>(cell.raw.size());
  head.tombstone = cell.tombstone ? 1 : 0;
  part_.append(reinterpret_cast<const char*>(&head), sizeof head);
  part_.append(cell.id).append(cell.data).append(cell.version).append(cell.raw);
}

void StagedCells::spill() {
  if (file_ < 0) file_ = unnamed_file(folder_);
  write_all(file_, part_, folder_);
  spilled_.push_back(part_.size());
  part_.clear();
}

void StagedCells::each(const std::function<void(std::span<const CellInput>)>& take) const {
  std::vector<CellInput> cells;
  std::string part;
  std::uint64_t offset = 0;
  for (const auto size : spilled_) {
    part.resize(size);
    read_all(file_, part, offset, folder_);
    offset += size;
    decode_part(part, cells);
    take(cells);
  }
  decode_part(part_, cells);
  if (!cells.empty()) take(cells);
}

void CellParts::each(const std::function<void(std::span<const CellInput>)>& take) const {
  if (staged_ != nullptr) return staged_->each(take);
  if (!batch_.empty()) take(batch_);
}

}  // namespace tento::host
