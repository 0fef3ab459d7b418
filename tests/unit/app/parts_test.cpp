// SPDX-License-Identifier: Apache-2.0
// A host that is opened part by part, and one that is opened whole.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "host/app/parts_on_demand.hpp"
#include "host/store/store_files.hpp"

namespace {

using namespace tento;
using namespace tento::host;

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tento-app-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::filesystem::path data() const { return path_ / "data"; }
  [[nodiscard]] AppOptions options() const {
    AppOptions out;
    out.config.data_dir = data();
    return out;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("each part is opened when it is asked for, and not before") {
  const Folder folder;
  PartsOnDemand parts(folder.options());
  REQUIRE(parts.boot());
  CHECK_FALSE(store_is_there(folder.data()).value());
  const auto store = parts.open_store();
  REQUIRE(store);
  CHECK(store_is_there(folder.data()).value());
  CHECK_FALSE(parts.running());
  const auto host = parts.open_host();
  REQUIRE(host);
  REQUIRE(parts.running());
  CHECK(&host->store == &store->store);
  CHECK(&parts.running()->dispatcher == &host->dispatcher);
  CHECK(&parts.open_store()->store == &store->store);
  CHECK(parts.shutdown(1000));
}

TEST_CASE("an app is opened whole, or is an error") {
  const Folder folder;
  auto options = folder.options();
  const auto app = App::open(options);
  REQUIRE(app);
  CHECK((*app)->boot()->ok);
  CHECK((*app)->host().dispatcher.table() != nullptr);
  options.register_deps = [](DepsRegistry&) -> Result<void> {
    return fail(ErrorCode::conflict, ErrorClass::config, "the ledger is closed");
  };
  options.config.data_dir = folder.data().parent_path() / "other";
  const auto refused = App::open(std::move(options));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "the ledger is closed");
}
