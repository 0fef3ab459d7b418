// SPDX-License-Identifier: Apache-2.0
// Reading the server's log.
#include "access_log.hpp"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace tento::test {

std::vector<Logged> logged(const std::string& file, const std::string& uri, std::size_t count) {
  for (int tries = 0; tries < 2400; ++tries) {
    std::vector<Logged> out;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      std::istringstream words(line);
      Logged one;
      std::string reused, its_uri;
      words >> one.port >> one.connection >> one.number >> one.protocol >> reused >> its_uri;
      one.resumed = reused == "r";
      if (its_uri == uri) out.push_back(one);
    }
    if (out.size() >= count) return out;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  throw std::runtime_error("the server's log never held " + std::to_string(count) + " requests for " + uri);
}

std::string given(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set: run this by its script");
  return value;
}

}  // namespace tento::test
