// SPDX-License-Identifier: Apache-2.0
/// @file floor_size.hpp
/// How long each appendable struct is in ABI 1.0. Whoever is handed one compares its `struct_size` with this, never
/// with a `sizeof` of its own: the other side's headers may be older than ours, and ours grow.
#pragma once

#include <tento/abi.h>

#include <cstdint>

namespace tento {

/// Bytes that an appendable struct has in ABI 1.0: one that is handed over may be longer, never shorter. These numbers
/// never change, however long the structs of later headers are. 0 = not an appendable struct.
template <class T>
inline constexpr std::uint32_t floor_size = 0;
/// @cond
template <>
inline constexpr std::uint32_t floor_size<tento_lookup> = 24;
template <>
inline constexpr std::uint32_t floor_size<tento_text_sink> = 24;
template <>
inline constexpr std::uint32_t floor_size<tento_owner> = 56;
template <>
inline constexpr std::uint32_t floor_size<tento_actor> = 40;
template <>
inline constexpr std::uint32_t floor_size<tento_account> = 120;
template <>
inline constexpr std::uint32_t floor_size<tento_call> = 64;
template <>
inline constexpr std::uint32_t floor_size<tento_cell_batch> = 32;
template <>
inline constexpr std::uint32_t floor_size<tento_cell_sink> = 24;
template <>
inline constexpr std::uint32_t floor_size<tento_field> = 80;
template <>
inline constexpr std::uint32_t floor_size<tento_stage> = 56;
template <>
inline constexpr std::uint32_t floor_size<tento_sync_shape> = 48;
template <>
inline constexpr std::uint32_t floor_size<tento_row_ctx> = 64;
template <>
inline constexpr std::uint32_t floor_size<tento_sync_ctx> = 80;
template <>
inline constexpr std::uint32_t floor_size<tento_sync_result> = 536;
template <>
inline constexpr std::uint32_t floor_size<tento_read_ctx> = 72;
template <>
inline constexpr std::uint32_t floor_size<tento_write_ctx> = 104;
template <>
inline constexpr std::uint32_t floor_size<tento_row> = 192;
template <>
inline constexpr std::uint32_t floor_size<tento_setting> = 144;
template <>
inline constexpr std::uint32_t floor_size<tento_scope_group> = 72;
template <>
inline constexpr std::uint32_t floor_size<tento_auth> = 416;
template <>
inline constexpr std::uint32_t floor_size<tento_limit> = 64;
template <>
inline constexpr std::uint32_t floor_size<tento_integration_ctx> = 40;
template <>
inline constexpr std::uint32_t floor_size<tento_row_instance> = 64;
template <>
inline constexpr std::uint32_t floor_size<tento_row_sink> = 24;
template <>
inline constexpr std::uint32_t floor_size<tento_integration> = 168;
template <>
inline constexpr std::uint32_t floor_size<tento_connector_api> = 24;
template <>
inline constexpr std::uint32_t floor_size<tento_plugin_api> = 64;
template <>
inline constexpr std::uint32_t floor_size<tento_sync_api> = 48;
template <>
inline constexpr std::uint32_t floor_size<tento_deps_api> = 16;
template <>
inline constexpr std::uint32_t floor_size<tento_backend> = 32;
template <>
inline constexpr std::uint32_t floor_size<tento_sync_state> = 48;
template <>
inline constexpr std::uint32_t floor_size<tento_credential> = 56;
template <>
inline constexpr std::uint32_t floor_size<tento_user_auth> = 32;
template <>
inline constexpr std::uint32_t floor_size<tento_api_context> = 16;
template <>
inline constexpr std::uint32_t floor_size<tento_http_request> = 112;
template <>
inline constexpr std::uint32_t floor_size<tento_http_response> = 56;
template <>
inline constexpr std::uint32_t floor_size<tento_http> = 40;
template <>
inline constexpr std::uint32_t floor_size<tento_log> = 16;
template <>
inline constexpr std::uint32_t floor_size<tento_clock> = 24;
template <>
inline constexpr std::uint32_t floor_size<tento_progress> = 16;
template <>
inline constexpr std::uint32_t floor_size<tento_message> = 16;
/// @endcond

}  // namespace tento
