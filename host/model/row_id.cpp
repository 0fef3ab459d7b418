// SPDX-License-Identifier: Apache-2.0
// Row ids by Boost.UUID.
#include "host/model/row_id.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <cstring>
#include <string>

namespace tento::host {

Uuid row_id(const Uuid& owner, std::string_view canonical_key) {
  static constexpr tento_uuid row_namespace = TENTO_ROW_NAMESPACE;
  boost::uuids::uuid space;
  std::memcpy(space.data, row_namespace.bytes, sizeof space.data);
  std::string name(reinterpret_cast<const char*>(owner.bytes.data()), owner.bytes.size());
  name += canonical_key;
  const boost::uuids::uuid made = boost::uuids::name_generator_sha1(space)(name.data(), name.size());
  Uuid out;
  std::memcpy(out.bytes.data(), made.data, out.bytes.size());
  return out;
}

}  // namespace tento::host
