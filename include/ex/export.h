/*
 * export.h: items as a file that other programs read
 *
 * vcf: the cards, one after the other, each in the form it came in.  ics:
 * VCALENDARs, each as many items as fit into one: another begins where the
 * calendar's own properties differ, a UID comes again, or one TZID stands
 * for two zones.  json: a jCard or jCal a line.
 */
#ifndef EX_EXPORT_H
#define EX_EXPORT_H

#include <stdio.h>

#include <ex/item.h>

enum ex_export_form {
	EX_EXPORT_RECORDS,	/* not by this module: an item stream */
	EX_EXPORT_VCF,
	EX_EXPORT_ICS,
	EX_EXPORT_JSON
};

/* "records", "vcf", "ics", "json"; -1: none of them. */
int	 ex_export_form_of(const char *name);

struct ex_export;

/* Errors of fp show in ferror(). */
struct ex_export	*ex_export_new(FILE *fp, enum ex_export_form form);

/* EX_ERR_INPUT: an item of a kind that the form cannot hold. */
int	 ex_export_item(struct ex_export *x, const struct ex_item *item,
	    struct ex_err *err);

/* Writes what is owed and frees x. */
void	 ex_export_end(struct ex_export *x);

#endif
