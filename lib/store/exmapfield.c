/*
 * exmapfield.c: what both servers' fields are called, and whose they are
 */
#include "exmap.h"
#include "exmapfield.h"

enum { ADR_PARTS = 5 };

struct way {
	const char *key, *types;
};

#define WAY(key, types)	{ key, types },
#define N(list)	(int)(sizeof(list) / sizeof(*(list)))

static const struct way emails[] = { EX_EXMAP_EMAILS(WAY) };
static const struct way adrs[] = { EX_EXMAP_ADRS(WAY) };
static const struct way tels[] = { EX_EXMAP_TELS(WAY, WAY) };
static const struct way ims[] = { EX_EXMAP_IMS(WAY) };

static const struct way *
way_of(int field)
{
	if (field >= EX_FLD_EMAIL && field < EX_FLD_EMAIL + N(emails))
		return &emails[field - EX_FLD_EMAIL];
	if (field >= EX_FLD_ADR && field < EX_FLD_ADR + ADR_PARTS * N(adrs))
		return &adrs[(field - EX_FLD_ADR) / ADR_PARTS];
	if (field >= EX_FLD_TEL && field < EX_FLD_TEL + N(tels))
		return &tels[field - EX_FLD_TEL];
	if (field >= EX_FLD_IM && field < EX_FLD_IM + N(ims))
		return &ims[field - EX_FLD_IM];
	return NULL;
}

const char *
ex_exmap_key(int field)
{
	const struct way *way = way_of(field);

	return way != NULL ? way->key : NULL;
}

const char *
ex_exmap_arg(int field)
{
	const struct way *way = way_of(field);

	return way != NULL ? way->types : NULL;
}

unsigned
ex_exmap_flag(enum ex_kind kind)
{
	return kind == EX_KIND_CONTACTS ? EX_EXF_CONTACT :
	    kind == EX_KIND_EVENTS ? EX_EXF_EVENT : EX_EXF_TASK;
}
