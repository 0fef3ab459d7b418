// SPDX-License-Identifier: Apache-2.0
// What the program says when somebody else ends it: a provider's code that crashes, or that calls exit().
#pragma once

namespace tento::cli {

// From here on a crash says on standard error which provider, slot and row it was in before the process dies of it, and
// an exit() that the program did not ask for ends it with exit_failed instead of with what was given to it, since
// nothing of what was to be done is known to have been done. Once, in main.
void prepare_last_words() noexcept;
// The program itself is about to end by a return from main or by exit().
void leaving_on_purpose() noexcept;

}  // namespace tento::cli
