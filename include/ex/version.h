/*
 * version.h: the one place where the version stands
 */
#ifndef EX_VERSION_H
#define EX_VERSION_H

#define EX_VERSION	"0.1"

#endif
