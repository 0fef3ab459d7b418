// SPDX-License-Identifier: Apache-2.0
// Which mutex guards what, as clang's thread safety analysis reads it: a build by clang refuses a member that is used
// without its mutex. Nothing for other compilers.
#pragma once

#if defined(__clang__)
#define TENTO_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define TENTO_THREAD_ANNOTATION(x)
#endif

#define CAPABILITY(name) TENTO_THREAD_ANNOTATION(capability(name))
#define SCOPED_CAPABILITY TENTO_THREAD_ANNOTATION(scoped_lockable)
// Of a member: only used while this mutex is held.
#define GUARDED_BY(mutex) TENTO_THREAD_ANNOTATION(guarded_by(mutex))
// Of a function: called while this mutex is held, or while it is not.
#define REQUIRES(...) TENTO_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) TENTO_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) TENTO_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define RELEASE(...) TENTO_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define NO_THREAD_SAFETY_ANALYSIS TENTO_THREAD_ANNOTATION(no_thread_safety_analysis)
