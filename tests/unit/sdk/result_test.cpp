// SPDX-License-Identifier: Apache-2.0
// Errors across the ABI and back: texts cut at character borders, hostile ones cleaned.
#include <doctest/doctest.h>

#include <cstring>
#include <ostream>
#include <string>
#include <tento/sdk/result.hpp>

using namespace tento;

namespace {

tento_error garbage() {
  tento_error e;
  std::memset(&e, 0xa5, sizeof e);
  return e;
}

}  // namespace

TEST_CASE("error: every field crosses") {
  Error e;
  e.code = ErrorCode::upstream;
  e.error_class = ErrorClass::transient;
  e.message = "the service answered 503 f\u00fcr /x";
  e.tag = "service_busy";
  e.remedy = "wait";
  e.retry_after_ms = 1500;
  e.http_status = 503;
  tento_error abi = garbage();
  e.to_abi(abi);
  CHECK(Error::from_abi(abi) == e);
  CHECK(abi.reserved == 0);
  CHECK(abi.ext == 0);
  CHECK(abi.message[511] == 0);
  CHECK(abi.tag[63] == 0);
}

TEST_CASE("error: long texts are cut at a character border") {
  Error e;
  e.message = std::string(510, 'x') + "\u00e9\u00e9";
  e.remedy = std::string(100, 'a');
  e.tag = "Not A Tag";
  tento_error abi = garbage();
  e.to_abi(abi);
  CHECK(abi.message[510] == 0);  // not half of a character
  const Error back = Error::from_abi(abi);
  CHECK(back.message == std::string(510, 'x'));
  CHECK(back.remedy == std::string(31, 'a'));
  CHECK(back.tag.empty());
  e.message = std::string(509, 'x') + "\u00e9";
  e.to_abi(abi);
  CHECK(Error::from_abi(abi).message == e.message);
}

TEST_CASE("error: one filled by a careless slot is read without harm") {
  tento_error abi = garbage();  // no NUL anywhere, nothing is UTF-8, codes are unknown, retry is negative
  const Error e = Error::from_abi(abi);
  CHECK(e.code == ErrorCode::unspecified);
  CHECK(e.error_class == ErrorClass::internal);
  CHECK(e.retry_after_ms == -1);
  CHECK(e.tag.empty());
  CHECK(e.message.find_first_not_of('?') == std::string::npos);
  CHECK(e.message.size() > 500);
  std::memset(abi.message, 0, sizeof abi.message);
  std::memcpy(abi.message, "a\xc3(\xe2\x82\xac\xed\xa0\x80z", 10);
  CHECK(Error::from_abi(abi).message == "a?(\u20ac???z");
  // Cut within a character by whoever filled it: the broken rest is dropped.
  std::memset(abi.message, 'x', sizeof abi.message);
  abi.message[510] = '\xe2';
  abi.message[511] = '\0';
  CHECK(Error::from_abi(abi).message == std::string(510, 'x'));
}

TEST_CASE("status: what a slot answers as a result and back") {
  tento_error abi = garbage();
  CHECK(to_result(TENTO_OK, abi).has_value());
  CHECK(to_result(TENTO_STOPPED, abi).error().stopped);
  CHECK(to_result(77, abi).error().message == "a slot answered the unknown status 77");
  const Error e = fail(ErrorCode::io, ErrorClass::transient, "no route to host").value();
  CHECK(to_status(e, &abi) == TENTO_FAILED);
  CHECK(to_result(TENTO_FAILED, abi).error() == e);
  CHECK(to_status(e, nullptr) == TENTO_FAILED);
  CHECK(to_status(stopped().value(), &abi) == TENTO_STOPPED);
}
