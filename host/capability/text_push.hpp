// SPDX-License-Identifier: Apache-2.0
// Pushes one text into a provider's sink.
#pragma once

#include <tento/base.h>

#include <exception>
#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/base/text.hpp"
#include "host/capability/call_context.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {

inline Result<void> push_text(CallContext& context, const tento_text_sink* sink, std::string_view text) {
  if (sink == nullptr || sink->struct_size < floor_size<tento_text_sink> || sink->put == nullptr) {
    return fail(ErrorCode::invalid_argument, ErrorClass::internal, "the text sink is null, too short or has no put");
  }
  tento_status status = TENTO_FAILED;
  try {
    const CallContext::InSink inside(context);
    status = may_throw(sink->put)(sink, str(text));
  } catch (const std::exception& e) {
    return fail(ErrorCode::exception, ErrorClass::internal, "the text sink threw: " + plain(e.what()));
  } catch (...) {
    return fail(ErrorCode::exception, ErrorClass::internal, "the text sink threw");
  }
  if (status == TENTO_FAILED) {
    return fail(ErrorCode::too_large, ErrorClass::internal,
                "the text sink refused " + std::to_string(text.size()) + " bytes");
  }
  return {};
}

}  // namespace tento::host
