// SPDX-License-Identifier: Apache-2.0
// Owners of libgit2's objects, conversions of names, and libgit2's last error as an Error.
#pragma once

#include <git2.h>

#include <cstring>
#include <memory>

#include "gitlog/error.hpp"
#include "gitlog/object_id.hpp"

namespace gitlog {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using TreeHandle = std::unique_ptr<git_tree, Freed<git_tree_free>>;
using BlobHandle = std::unique_ptr<git_blob, Freed<git_blob_free>>;
using ReferenceHandle = std::unique_ptr<git_reference, Freed<git_reference_free>>;
using ReferenceIterator = std::unique_ptr<git_reference_iterator, Freed<git_reference_iterator_free>>;
using OdbObjectHandle = std::unique_ptr<git_odb_object, Freed<git_odb_object_free>>;
using ConfigHandle = std::unique_ptr<git_config, Freed<git_config_free>>;
using OdbHandle = std::unique_ptr<git_odb, Freed<git_odb_free>>;

[[nodiscard]] inline git_oid raw_id(const ObjectId& id) {
  static_assert(sizeof(git_oid) == sizeof id.bytes);
  git_oid oid;
  std::memcpy(&oid, id.bytes.data(), sizeof oid);
  return oid;
}
[[nodiscard]] inline ObjectId named(const git_oid& oid) {
  ObjectId id;
  std::memcpy(id.bytes.data(), &oid, sizeof oid);
  return id;
}

// libgit2's last message on this thread, without a dot at its end.
[[nodiscard]] std::string last_message();
}  // namespace gitlog
