// SPDX-License-Identifier: Apache-2.0
// What the compiler is asked with where tl::expected is.
#include <tl/expected.hpp>
