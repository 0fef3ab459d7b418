// SPDX-License-Identifier: Apache-2.0
// Opening by Boost.DLL, and comparing what came of it with what was inspected.
#define BOOST_DLL_USE_STD_FS
#include "host/loader/open.hpp"

#include <dlfcn.h>
#include <link.h>
#include <spdlog/fmt/fmt.h>

#include <boost/dll/shared_library.hpp>
#include <cstring>

#include "host/loader/grammar.hpp"
#include "host/loader/reject.hpp"

namespace tento::host {
namespace {

using boost::dll::load_mode::rtld_local;
using boost::dll::load_mode::rtld_now;

// Code of a provider may still be on some thread's stack when its last user goes, so the object is never unmapped: the
// dynamic linker is told so, and no list of handles has to outlive everything.
constexpr auto never_unmapped = static_cast<boost::dll::load_mode::type>(RTLD_NODELETE);

tl::unexpected<Rejection> mapped_other(std::string what) {
  return reject("mapped_other",
                fmt::format("what the dynamic linker mapped is not the file that was checked: {}", what),
                "restart; if it stays, find out what changes files in the data folder");
}

// The entry `name`, if it stands where the inspected file says.
template <class Entry>
Accepted<Entry> entry(const boost::dll::shared_library& library, const char* name, std::uint64_t value,
                      const link_map& object) {
  using Function = std::remove_pointer_t<Entry>;
  Function& function = library.get<Function>(name);
  const auto address = reinterpret_cast<std::uintptr_t>(&function);
  if (address != object.l_addr + value)
    return reject("entry_in_dependency", fmt::format("its entry {} resolves to another object", name),
                  "define the entries in the provider's own file");
  return &function;
}

Accepted<const link_map*> object_of(const boost::dll::shared_library& library, const Image& image,
                                    const Inspected& inspected) {
  link_map* object = nullptr;
  if (dlinfo(library.native(), RTLD_DI_LINKMAP, &object) != 0 || object == nullptr)
    return mapped_other("it cannot be found again");
  if (image.path != object->l_name) return mapped_other(fmt::format("it is {}", object->l_name));
  if (auto ok = check_image_unchanged(image); !ok) return tl::unexpected(ok.error());
  for (const Inspected::Bytes& expected : inspected.expected) {
    // The dynamic loader's addresses are numbers. NOLINTNEXTLINE(performance-no-int-to-ptr)
    const void* const mapped = reinterpret_cast<const void*>(object->l_addr + expected.address);
    if (std::memcmp(mapped, expected.bytes.data(), expected.bytes.size()) != 0)
      return mapped_other(fmt::format("{} bytes at {:#x} differ", expected.bytes.size(), expected.address));
  }
  // The table that it went by is ours too. It may have replaced addresses relative to the object by whole ones in
  // place.
  const std::uintptr_t table = object->l_addr + inspected.dynamic_address;
  if (reinterpret_cast<std::uintptr_t>(object->l_ld) != table) return mapped_other("its dynamic table is another");
  for (std::size_t i = 0; i < inspected.dynamic.size(); ++i) {
    const ElfW(Dyn)& mapped = object->l_ld[i];
    const Elf64_Dyn& read = inspected.dynamic[i];
    if (mapped.d_tag != read.d_tag ||
        (mapped.d_un.d_val != read.d_un.d_val && mapped.d_un.d_val != read.d_un.d_val + object->l_addr))
      return mapped_other(fmt::format("entry {} of its dynamic table differs", i));
  }
  return object;
}

Accepted<Opened> open_checked(const Image& image, const Inspected& inspected) {
  if (auto ok = check_image_unchanged(image); !ok) return tl::unexpected(ok.error());
  Opened opened;
  opened.before = MappedObjects::now();
  auto library = std::make_shared<boost::dll::shared_library>();
  library->load(image.path, rtld_now | rtld_local | never_unmapped);
  const auto object = object_of(*library, image, inspected);
  if (!object) return tl::unexpected(object.error());
  if (auto ok = opened.before.check_came_in(image, inspected); !ok) return tl::unexpected(ok.error());
  const auto plugin =
      entry<decltype(opened.entries.plugin)>(*library, TENTO_SYMBOL_PLUGIN, inspected.plugin_entry, **object);
  if (!plugin) return tl::unexpected(plugin.error());
  const auto connector =
      entry<decltype(opened.entries.connector)>(*library, TENTO_SYMBOL_CONNECTOR, inspected.connector_entry, **object);
  if (!connector) return tl::unexpected(connector.error());
  opened.entries.plugin = *plugin;
  opened.entries.connector = *connector;
  if (inspected.sync_plugin_entry != 0) {
    const auto sync = entry<decltype(opened.entries.sync_plugin)>(*library, TENTO_SYMBOL_SYNC_PLUGIN,
                                                                  inspected.sync_plugin_entry, **object);
    if (!sync) return tl::unexpected(sync.error());
    opened.entries.sync_plugin = *sync;
  }
  opened.library = std::move(library);
  return opened;
}

}  // namespace

Accepted<Opened> open_image(const Image& image, const Inspected& inspected) {
  try {
    return open_checked(image, inspected);
  } catch (const std::exception& e) {
    const std::string said = grammar::printable(e.what(), 600);
    // A mount that forbids it was found before; a security module is not seen until it is tried.
    if (said.find("failed to map segment") != std::string::npos) {
      return reject("open_failed",
                    fmt::format("the system does not let code run from {}: {}", image.path.string(), said),
                    "set plugins.image_dir (or TENTO_IMAGE_DIR) to a folder from which this user may run code");
    }
    return reject("open_failed", fmt::format("the dynamic linker refused it: {}", said),
                  "install what the message names, or another build of the provider");
  } catch (...) {
    return reject("threw", "a static constructor of it threw", "tell the provider's author");
  }
}

}  // namespace tento::host
