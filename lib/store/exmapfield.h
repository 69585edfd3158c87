/*
 * exmapfield.h: the ways to reach a contact that Exchange has fields for
 *
 * In the order of enum EX_FLD_*: X(key, types) for each, where types are
 * those of the property, with commas.  The keys stand in exover, so they
 * stay what they are.
 */
#ifndef EX_EXMAPFIELD_H
#define EX_EXMAPFIELD_H

#define EX_EXMAP_EMAILS(X) \
	X("EmailAddress1", "") X("EmailAddress2", "") X("EmailAddress3", "")

#define EX_EXMAP_IMS(X) \
	X("ImAddress1", "") X("ImAddress2", "") X("ImAddress3", "")

/* Each of five parts. */
#define EX_EXMAP_ADRS(X) \
	X("Home", "home") X("Business", "work") X("Other", "")

/*
 * NEW: not with every server.  "main-number" and "textphone" are of RFC 7852
 * and RFC 6350, 6.4.1.
 */
#define EX_EXMAP_TELS(X, NEW) \
	X("BusinessPhone", "work") X("BusinessPhone2", "work") \
	X("HomePhone", "home") X("HomePhone2", "home") \
	X("MobilePhone", "cell") NEW("BusinessMobile", "cell,work") \
	X("Pager", "pager") X("BusinessFax", "fax,work") \
	X("HomeFax", "fax,home") X("OtherFax", "fax") \
	X("OtherTelephone", "") X("CarPhone", "car") \
	X("CompanyMainPhone", "main-number") X("TtyTddPhone", "textphone") \
	X("Isdn", "isdn") X("Callback", "x-callback") \
	X("AssistantPhone", "x-assistant") X("RadioPhone", "x-radio") \
	X("Telex", "x-telex") X("PrimaryPhone", "x-primary") \
	NEW("IPPhone", "x-ip") NEW("Mms", "x-mms") NEW("Msn", "x-msn")

#endif
