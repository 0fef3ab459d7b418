// SPDX-License-Identifier: Apache-2.0
// Step 2: a file is read once; what is opened later is a private copy of exactly those bytes.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "host/loader/file_handle.hpp"
#include "host/loader/provider.hpp"

namespace tento::host {

// A file's bytes and their digest.
struct FileBytes {
  std::unique_ptr<std::byte[]> data;
  std::size_t size = 0;
  std::string sha256;  // hex
  [[nodiscard]] std::span<const std::byte> bytes() const { return {data.get(), size}; }
};

// The private copy, and how it looked when its bytes were compared. Nobody prunes it while `lease` is held.
struct Image {
  std::filesystem::path path;
  struct stat status {};
  std::shared_ptr<const FileHandle> lease = {};  // its folder, locked as shared
};

// Reads a regular file that only root or this user can write, without following a link. A file that changes while it is
// read is rejected.
[[nodiscard]] Accepted<FileBytes> read_plugin(const std::filesystem::path& path);
// Whether the private copies may be in `images`, which need not be there yet: code can be run from its file system, and
// nobody else can put another folder in its place. Changes nothing.
[[nodiscard]] Accepted<void> check_image_folder(const std::filesystem::path& images);
// Makes the folder of the private copies, for this user alone, where code may be run from. One that is there and holds
// other things is not taken. Once before any store_image.
[[nodiscard]] Accepted<void> prepare_images(const std::filesystem::path& images);
// Puts the bytes at `<images>/<sha256>/<name>` (folders 0700, file 0400) and reads them back; an earlier copy is used
// again only if every byte is the same.
[[nodiscard]] Accepted<Image> store_image(const std::filesystem::path& images, const FileBytes& file,
                                          const std::string& name);
// Removes the copies that nobody used for `keep_s` seconds and no process holds a lease of; gives how many. What cannot
// be removed stays.
std::size_t prune_images(const std::filesystem::path& images, std::int64_t keep_s);
// Whether the copy is still the file that was compared.
[[nodiscard]] Accepted<void> check_image_unchanged(const Image& image);

}  // namespace tento::host
