/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file note.h
 * The record that a host reads from a provider's file before any code of that file runs.
 *
 * It is a true ELF note (System V ABI, "Note Section"): name `Tento`, type 0x544e, found through PT_NOTE, so that
 * stripping the symbol or section tables does not lose it. It holds inline arrays only, since a pointer would need a
 * relocation. A file has exactly one: the macro stands in exactly one translation unit.
 */
#ifndef TENTO_NOTE_H
#define TENTO_NOTE_H

#include "base.h"

TENTO_BEGIN_DECLS

/** ELF note name, NUL-ended and padded to a multiple of 4. */
#define TENTO_NOTE_NAME "Tento"
/** ELF note type ("TN"). */
#define TENTO_NOTE_TYPE 0x544eu
/** First word of the descriptor: "TNTO" in little-endian. */
#define TENTO_NOTE_MAGIC 0x4f544e54u

/**
 * The provider opens files itself: those of its accounts' settings of type path and those that its note lists as `r=`,
 * for reading, and no others. Told to the operator.
 */
#define TENTO_NOTE_OWN_IO 1u
/**
 * The provider opens sockets itself, beside tento.http/1. Told to the operator; such a provider cannot be isolated.
 */
#define TENTO_NOTE_OWN_NET 2u

/**
 * The note. `strings` is a list of NUL-ended entries, ended by an empty one:
 * `p=` a key prefix this provider owns, the first segment without its colon (`p=~myprovider`); `f=` a feature that the
 * operator must allow (`f=raw-credentials`); `n=` an interface id it needs; `o=` one it can use; `i=` one it provides;
 * `r=` a file or folder that it reads besides its accounts' path settings, absolute or below the home folder of the
 * person who runs the host (`r=/etc/gitconfig`, `r=~/.gitconfig`), without `.` or `..` segments.
 * Runtime descriptors must agree with it. Bytes after a text's NUL are 0. ABI-FROZEN, 676 bytes.
 */
typedef struct tento_note {
  uint32_t name_size;       /**< ELF n_namesz: 6 */
  uint32_t descriptor_size; /**< ELF n_descsz: 656 */
  uint32_t type;            /**< ELF n_type: TENTO_NOTE_TYPE */
  char name[8];             /**< "Tento", NUL-padded */
  uint32_t magic;           /**< TENTO_NOTE_MAGIC */
  uint32_t abi_major;       /**< TENTO_ABI_MAJOR it was built with */
  uint32_t abi_minor;       /**< TENTO_ABI_MINOR it was built with */
  uint32_t flags;           /**< TENTO_NOTE_* flags; unknown bits are an error */
  char id[32];              /**< provider id, [a-z][a-z0-9-]{0,30}, no hyphen at the end */
  char version[32];         /**< semantic version of the provider (SemVer 2.0.0) */
  char title[64];           /**< what people call it, UTF-8 */
  char strings[512];        /**< see above */
} tento_note;

/** Bytes of the descriptor, from `magic` to the end. */
#define TENTO_NOTE_DESCRIPTOR_SIZE ((uint32_t)(sizeof(tento_note) - offsetof(tento_note, magic)))

#ifdef __cplusplus
#define TENTO_NOTE_LINKAGE extern "C" /**< linkage of the note record */
#else
#define TENTO_NOTE_LINKAGE
#endif

/**
 * Puts the note into the file. `note_strings` is a literal of entries, each with its own NUL:
 * `"p=~myprovider\0" "n=tento.backend/1\0"`. Use once per shared object, at file scope; a second one is a link error.
 */
#define TENTO_NOTE(note_id, note_version, note_title, note_flags, note_strings)                      \
  TENTO_NOTE_LINKAGE __attribute__((used, visibility("hidden"), section(".note.tento"), aligned(4))) \
  const tento_note tento_note_record = {6u,                                                          \
                                        TENTO_NOTE_DESCRIPTOR_SIZE,                                  \
                                        TENTO_NOTE_TYPE,                                             \
                                        TENTO_NOTE_NAME,                                             \
                                        TENTO_NOTE_MAGIC,                                            \
                                        TENTO_ABI_MAJOR,                                             \
                                        TENTO_ABI_MINOR,                                             \
                                        (note_flags),                                                \
                                        note_id,                                                     \
                                        note_version,                                                \
                                        note_title,                                                  \
                                        note_strings}

TENTO_END_DECLS

#endif /* TENTO_NOTE_H */
