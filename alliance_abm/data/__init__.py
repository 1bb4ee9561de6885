"""The shipped tables: `README.md` says what each one holds, `NOTICE.md` who is credited."""
