// SPDX-License-Identifier: Apache-2.0
/// @file scope.hpp
/// What an access token may do: scopes by name, sets of them, and the groups that calls need one of.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <tento/sdk/result.hpp>

namespace google {

/// One scope. It owns the string that the service knows it by.
class GoogleScope {
 public:
  /// Which one.
  enum class Name : std::uint8_t {
    openid,                          ///< who the person is
    email,                           ///< their address
    calendar,                        ///< everything about calendars
    calendar_readonly,               ///< reading everything about calendars
    calendar_events,                 ///< events, read and changed
    calendar_events_readonly,        ///< events, read
    calendar_events_owned,           ///< events of the calendars that they own, read and changed
    calendar_calendarlist,           ///< the list of calendars, read and changed
    calendar_calendarlist_readonly,  ///< the list of calendars, read
    calendar_freebusy                ///< when people are busy
  };
  static constexpr std::size_t count = 10;  ///< how many there are
  /// By name.
  constexpr GoogleScope(Name name) noexcept : name_(name) {}  // NOLINT(*-explicit-constructor): it is one
  /// The scope with that text (as a token answer or an authorization request has it); nothing when it is none of these.
  /// `email` and its long form `https://www.googleapis.com/auth/userinfo.email` are the same.
  static std::optional<GoogleScope> parse(std::string_view text) noexcept;
  /// The string that the service knows it by.
  [[nodiscard]] constexpr std::string_view text() const noexcept {
    switch (name_) {
      case Name::openid:
        return "openid";
      case Name::email:
        return "email";
      case Name::calendar:
        return "https://www.googleapis.com/auth/calendar";
      case Name::calendar_readonly:
        return "https://www.googleapis.com/auth/calendar.readonly";
      case Name::calendar_events:
        return "https://www.googleapis.com/auth/calendar.events";
      case Name::calendar_events_readonly:
        return "https://www.googleapis.com/auth/calendar.events.readonly";
      case Name::calendar_events_owned:
        return "https://www.googleapis.com/auth/calendar.events.owned";
      case Name::calendar_calendarlist:
        return "https://www.googleapis.com/auth/calendar.calendarlist";
      case Name::calendar_calendarlist_readonly:
        return "https://www.googleapis.com/auth/calendar.calendarlist.readonly";
      case Name::calendar_freebusy:
        return "https://www.googleapis.com/auth/calendar.freebusy";
    }
    return {};
  }
  /// Which one.
  [[nodiscard]] constexpr Name name() const noexcept { return name_; }
  friend constexpr bool operator==(GoogleScope, GoogleScope) noexcept = default;  ///< by name

 private:
  Name name_;
};

struct ScopeGroup;

/// A set of scopes.
class GoogleScopes {
 public:
  /// None.
  constexpr GoogleScopes() noexcept = default;
  /// These.
  constexpr GoogleScopes(std::initializer_list<GoogleScope> scopes) noexcept {
    for (const GoogleScope scope : scopes) bits_ |= bit(scope);
  }
  /// Reads what was granted: texts separated by spaces, as the token endpoint writes them. Scopes that are not known
  /// here (of other products) are passed over.
  static GoogleScopes parse(std::string_view granted) noexcept;
  /// Whether it holds `scope`.
  [[nodiscard]] constexpr bool has(GoogleScope scope) const noexcept { return (bits_ & bit(scope)) != 0; }
  /// Whether both hold one scope at least.
  [[nodiscard]] constexpr bool has_one_of(GoogleScopes others) const noexcept { return (bits_ & others.bits_) != 0; }
  /// Whether it holds none.
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  /// All of them, separated by single spaces, in the order of GoogleScope::Name.
  [[nodiscard]] std::string text() const;
  /// The error of a token that holds none of the group's scopes: class auth, tag `google_scope_missing`, remedy
  /// `reconnect`; its text names the group and what to do.
  [[nodiscard]] tento::Result<void> assert_one_of(const ScopeGroup& group) const;
  friend constexpr bool operator==(GoogleScopes, GoogleScopes) noexcept = default;  ///< the same scopes

 private:
  [[nodiscard]] static constexpr std::uint32_t bit(GoogleScope scope) noexcept {
    return std::uint32_t{1} << static_cast<unsigned>(scope.name());
  }
  std::uint32_t bits_ = 0;
};

/// Scopes of which a kind of call needs one.
struct ScopeGroup {
  std::string_view name;    ///< what people grant: `READ_EVENTS`
  std::string_view allows;  ///< the same in words
  GoogleScope least;        ///< the one that grants least, which is asked for
  GoogleScopes any;         ///< one of these does
};

/// The list of calendars.
inline constexpr ScopeGroup READ_CALENDAR{
    "READ_CALENDAR",
    "reading the list of calendars",
    GoogleScope::Name::calendar_calendarlist_readonly,
    {GoogleScope::Name::calendar, GoogleScope::Name::calendar_readonly, GoogleScope::Name::calendar_calendarlist,
     GoogleScope::Name::calendar_calendarlist_readonly}};
/// Events and when people are busy.
inline constexpr ScopeGroup READ_EVENTS{
    "READ_EVENTS",
    "reading events",
    GoogleScope::Name::calendar_events_readonly,
    {GoogleScope::Name::calendar, GoogleScope::Name::calendar_readonly, GoogleScope::Name::calendar_events,
     GoogleScope::Name::calendar_events_readonly}};
/// Being told of changes; the service asks for what reading them asks for.
inline constexpr ScopeGroup WATCH_CALENDAR{"WATCH_CALENDAR", "being told of changed events", READ_EVENTS.least,
                                           READ_EVENTS.any};
/// Events, written.
inline constexpr ScopeGroup EDIT_EVENT_SCOPES{
    "EDIT_EVENT_SCOPES",
    "creating, changing and deleting events",
    GoogleScope::Name::calendar_events,
    {GoogleScope::Name::calendar, GoogleScope::Name::calendar_events, GoogleScope::Name::calendar_events_owned}};
/// Whatever there is of calendars.
inline constexpr ScopeGroup ANY_CALENDAR{
    "ANY_CALENDAR",
    "anything about calendars",
    GoogleScope::Name::calendar_readonly,
    {GoogleScope::Name::calendar, GoogleScope::Name::calendar_readonly, GoogleScope::Name::calendar_events,
     GoogleScope::Name::calendar_events_readonly, GoogleScope::Name::calendar_events_owned,
     GoogleScope::Name::calendar_calendarlist, GoogleScope::Name::calendar_calendarlist_readonly,
     GoogleScope::Name::calendar_freebusy}};
/// When people are busy, without what they do.
inline constexpr ScopeGroup READ_FREEBUSY{
    "READ_FREEBUSY",
    "reading when people are busy",
    GoogleScope::Name::calendar_freebusy,
    {GoogleScope::Name::calendar, GoogleScope::Name::calendar_readonly, GoogleScope::Name::calendar_freebusy}};

}  // namespace google
