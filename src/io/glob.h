// SPDX-License-Identifier: MIT
//
// glob.h: file name patterns. Private to io/.
//
//   *      any characters but '/'          [abc] [a-z] [!abc]   one character of a set, or not of it
//   ?      one character but '/'           \x                   x itself
//   **     as a whole component: any number of components, also none
#ifndef SMEW_GLOB_H
#define SMEW_GLOB_H

#include "io/io.h"

bool glob_is_pattern(Str text);                      // has one of the signs above
bool glob_match_name(Str pattern, Str name);         // one component, without '/'
bool glob_match_path(Str pattern, Str path);         // whole paths
bool glob_next_component(Str *rest, Str *component); // splits at '/'; false at the end

#endif
