// SPDX-License-Identifier: Apache-2.0
/// @file build_mode.hpp
/// Says at once when a program is compiled in a way that the SDK's library does not fit. A compiler goes on after an
/// `#error`, and would bury it under what follows from it; it stops at a file that is not there.
#pragma once

/// @cond
#if __cplusplus < 202002L
#error "tento: the SDK is written in C++20: compile with -std=c++20 (or later), after all other -std options"
#include <tento/the-sdk-needs-c++20>
#endif

#include <cstddef>

#if !defined(__cpp_exceptions)
#error "tento: the SDK turns exceptions into errors of the call: compile without -fno-exceptions"
#include <tento/the-sdk-needs-exceptions>
#endif

// In these modes strings or containers have other layouts than in the library, and the program would crash. Who builds
// the library in the same mode defines TENTO_SDK_OTHER_LAYOUT.
#if !defined(TENTO_SDK_OTHER_LAYOUT)
#if defined(_GLIBCXX_DEBUG)
#error "tento: libtento-sdk.a is built without -D_GLIBCXX_DEBUG, which changes containers: -D_GLIBCXX_ASSERTIONS fits"
#include <tento/the-sdk-is-built-without-_GLIBCXX_DEBUG>
#endif
#if defined(_GLIBCXX_USE_CXX11_ABI) && _GLIBCXX_USE_CXX11_ABI == 0
#error "tento: libtento-sdk.a has the strings of C++11: compile without -D_GLIBCXX_USE_CXX11_ABI=0"
#include <tento/the-sdk-is-built-with-_GLIBCXX_USE_CXX11_ABI-1>
#endif
#if defined(_LIBCPP_VERSION)
#error "tento: libtento-sdk.a is built with libstdc++: compile without -stdlib=libc++"
#include <tento/the-sdk-is-built-with-libstdc++>
#endif
#endif
/// @endcond
