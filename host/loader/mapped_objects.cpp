// SPDX-License-Identifier: Apache-2.0
// The list of objects before and after a provider was opened.
#include "host/loader/mapped_objects.hpp"

#include <link.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <iterator>

#include "host/loader/grammar.hpp"
#include "host/loader/reject.hpp"
#include "host/loader/system_libraries.hpp"

namespace tento::host {
namespace {

int take_object(dl_phdr_info* info, std::size_t, void* out) {
  auto& objects = *static_cast<std::vector<std::pair<std::string, std::uintptr_t>>*>(out);
  objects.emplace_back(info->dlpi_name == nullptr ? "" : info->dlpi_name, info->dlpi_addr);
  return 0;
}

tl::unexpected<Rejection> foreign_library(const std::string& name, const std::string& why) {
  return reject("foreign_library",
                fmt::format("opening it brought {} into this process, {}", grammar::printable(name, 400), why),
                "do not trust this file; a provider links what it bundles statically and opens nothing else. Restart "
                "to be rid of what it brought");
}

}  // namespace

MappedObjects MappedObjects::now() {
  MappedObjects all;
  dl_iterate_phdr(&take_object, &all.objects_);
  std::sort(all.objects_.begin(), all.objects_.end());
  return all;
}

Accepted<void> MappedObjects::check_came_in(const Image& image, const Inspected& inspected) const {
  const MappedObjects after = now();
  std::vector<std::pair<std::string, std::uintptr_t>> came;
  std::set_difference(after.objects_.begin(), after.objects_.end(), objects_.begin(), objects_.end(),
                      std::back_inserter(came));
  for (const auto& [name, address] : came) {
    if (name == image.path) continue;
    const LibraryFile file = look_at_library(name);
    const auto same = [&](const LibraryFile& one) { return one == file; };
    if (std::any_of(inspected.libraries.begin(), inspected.libraries.end(), same)) continue;
    const auto judged = [&](const LibraryFile& one) { return one.path == file.path; };
    if (std::any_of(inspected.libraries.begin(), inspected.libraries.end(), judged))
      return foreign_library(name, "which is not the file any more that was inspected");
    if (auto ok = check_library_file(file); !ok)
      return foreign_library(name, "which is not among the libraries it needs: " + ok.error().reason);
  }
  return {};
}

}  // namespace tento::host
